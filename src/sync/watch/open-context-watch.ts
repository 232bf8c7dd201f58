/** What is watched for services together, and its tree: a context by one ignore file, and what rules name outside of it. */
import path from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { readIgnoreFile } from '../../project/context/ignore-file.ts';
import type { Dockerfile } from '../../project/build.ts';
import { Problems } from '../../project/problem.ts';
import type { WatchRule } from '../../project/service.ts';
import { HostTree, type Changed } from '../tree/host-tree.ts';
import { isOutside, nameIn } from '../tree/names.ts';
import { isSameNode } from '../tree/node.ts';
import { isForbidden, isThere } from '../tree/read-node.ts';
import { Batcher } from './batcher.ts';
import { ChangedFiles } from './changed-files.ts';
import { DirectoryWatcher } from './directory-watcher.ts';
import { openGitLocks } from './git-lock.ts';
import { findPlaces } from './places.ts';

export interface ContextListener {
  /** What changed, and when the first event of it came. */
  readonly onBatch: (changed: Changed, startedMs: number) => void;
  /** The context's directory is away, which says nothing of what was in it; once it is back there is a batch. */
  readonly onAway?: () => void;
}

export interface ContextWatch extends AsyncDisposable {
  readonly tree: HostTree;
  /** Absolute names of what decides how the image is built. */
  readonly buildFiles: readonly string[];
  /** Those that decide what belongs to the context, as changes name them, also such as are not there yet. */
  readonly ignoreFiles: readonly string[];
  /** Hands out batches until `signal` aborts. */
  run(listener: ContextListener, signal: AbortSignal): Promise<void>;
}

export interface Watched {
  /** Absolute; names are relative to it, those of what is outside absolute. */
  readonly directory: string;
  /** Undefined: the directory is no context, and only what rules name is watched. */
  readonly build: { readonly dockerfile: Pick<Dockerfile, 'kind' | 'file'> } | undefined;
  readonly rules: readonly WatchRule[];
}

export interface ContextWatchOptions {
  readonly clock: Clock;
  readonly onWarning: (message: string) => void;
}

/**
 * After so much news everything is looked at: Linux drops what is more than fs.inotify.max_queued_events, and Node tells
 * nobody; and directories that come and go at once may have been others when they were watched and when they were read.
 */
const muchNews = 500;
/** Then it is looked at when what is known to have changed is out of the way. */
const muchNewsMs = 1000;
/** What is empty now may be in the midst of being saved: many empty a file and write it then. */
export const emptyMs = 40;
/** Between two looks at whether a place that is away (a checkout, a mount) is back. */
const awayMs = 300;

/** Resolves when every change from then on is seen, and the tree is read. */
export async function openContextWatch(
  { directory, build, rules: watch }: Watched,
  { clock, onWarning }: ContextWatchOptions,
): Promise<ContextWatch> {
  const problems = new Problems();
  const ownFile = build?.dockerfile.kind === 'inline' ? undefined : build?.dockerfile.file;
  const ignore = build && (await readIgnoreFile(directory, ownFile, problems));
  problems.throwIfAny(directory);
  const files = [ignore?.file, ownFile].filter(it => it !== undefined);
  const { names: placeNames, rules } = findPlaces({ directory, context: ignore?.rules, watch });
  const placeOf = (name: string): string => path.resolve(directory, name);
  const isHeld = await openGitLocks(placeNames.map(placeOf), clock);
  const batcher = new Batcher<string>({ clock, isHeld });
  let newsCount = 0;
  const unreadable = new Set<string>();
  const watcher = new DirectoryWatcher({
    ...{ places: [...placeNames.map(placeOf), ...files], clock, onWarning },
    onChange(changed) {
      newsCount += 1;
      if (files.includes(changed)) batcher.add(changed);
      const name = nameIn(directory, changed);
      if (name === '' || batcher.has(name) || !tree.isIgnored(name)) batcher.add(name);
    },
  });
  const tree = new HostTree(directory, rules, {
    places: placeNames,
    listener: {
      onDirectory: name => watcher.add(placeOf(name)),
      onGone: name => watcher.remove(placeOf(name)),
      onUnreadable(name, { message, cause }) {
        // What is being written to is told of again.
        if (!isForbidden(cause) || unreadable.has(name)) return;
        unreadable.add(name);
        onWarning(`${message}: what the container has of it stays`);
      },
    },
  });
  const contents = new ChangedFiles();
  try {
    await contents.read(files);
    await tree.readAll();
    // They count even where the context ignores them.
    for (const it of files) watcher.add(path.dirname(it));
  } catch (error) {
    watcher[Symbol.dispose]();
    throw error;
  }
  /** A directory that is away says nothing of what was in it. */
  const isAway = async (): Promise<boolean> => placeNames.includes('') && !(await isThere(directory));
  const later = new Set<string>();
  const lookAgain = async (name: string, afterMs: number, signal: AbortSignal): Promise<void> => {
    if (later.has(name)) return;
    later.add(name);
    await clock.sleep(afterMs, signal).catch(() => undefined); // it is told to stop
    later.delete(name);
    batcher.add(name);
  };
  const lookForAway = async (signal: AbortSignal): Promise<void> => {
    for (const name of placeNames.filter(isOutside))
      if (!(await isThere(placeOf(name)))) void lookAgain(name, awayMs, signal);
  };
  const isEmpty = (name: string): boolean => {
    const node = tree.nodes.get(name);
    return node?.kind === 'file' && node.sizeBytes === 0;
  };
  /** Looks at `names` once more; `changed` is then what differs from before it. */
  const look = async (changed: Changed, names: readonly string[]): Promise<void> => {
    for (const [name, before] of await tree.refresh(names)) if (!changed.has(name)) changed.set(name, before);
    for (const [name, before] of changed) if (isSameNode(before, tree.nodes.get(name))) changed.delete(name);
  };
  const nameOf = (file: string): string => nameIn(directory, file);
  return {
    tree,
    buildFiles: files,
    ignoreFiles: [...(ignore?.file === undefined ? [] : [nameOf(ignore.file)]), '.dockerignore'],
    async run({ onBatch, onAway = () => undefined }, signal) {
      await lookForAway(signal);
      for (;;) {
        const { items, startedMs } = await batcher.next(signal);
        if (newsCount > muchNews) for (const name of placeNames) void lookAgain(name, muchNewsMs, signal);
        newsCount = 0;
        const changed = await tree.refresh([...items].filter(name => !files.includes(name)));
        await lookForAway(signal);
        const wasAway = await isAway();
        if (wasAway) onAway();
        while (await isAway()) await clock.sleep(awayMs, signal);
        if (wasAway) await look(changed, ['']);
        const empty = [...changed.keys()].filter(isEmpty);
        if (empty.length > 0) {
          await clock.sleep(emptyMs, signal);
          await look(changed, empty);
        }
        // Of these it counts what they hold, and not whether they were away.
        for (const it of files) changed.delete(nameOf(it));
        for (const it of await contents.refresh(files)) changed.set(nameOf(it), undefined);
        if (changed.size > 0 || wasAway) onBatch(changed, startedMs);
      }
    },
    [Symbol.asyncDispose]() {
      watcher[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}
