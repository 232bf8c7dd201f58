/** One watched context and its tree, for all services that are built from it by the same ignore file. */
import path from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { readIgnoreFile } from '../../project/context/ignore-file.ts';
import type { Build } from '../../project/build.ts';
import { Problems } from '../../project/problem.ts';
import { HostTree, type Changed } from '../tree/host-tree.ts';
import { isSameNode } from '../tree/node.ts';
import { statIfPresent } from '../tree/read-node.ts';
import { Batcher } from './batcher.ts';
import { ChangedFiles } from './changed-files.ts';
import { DirectoryWatcher } from './directory-watcher.ts';
import { findIndexLock, isLocked } from './git-lock.ts';

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

export interface ContextWatchOptions {
  readonly clock: Clock;
  readonly onWarning: (message: string) => void;
}

/**
 * After so much news everything is looked at: Linux drops what is more than fs.inotify.max_queued_events, and Node tells
 * nobody; and directories that come and go at once may have been others when they were watched and when they were read.
 */
const muchNews = 500;
/** Between two looks at whether a context that is away (a checkout, a mount) is back. */
const awayMs = 300;

/** What two builds have in common when one watch does for both. */
export const contextKey = ({ contextDirectory, dockerfile }: Build): string =>
  JSON.stringify([contextDirectory, dockerfile.kind === 'inline' ? null : dockerfile.file]);

/** Resolves when every change from then on is seen, and the tree is read. */
export async function openContextWatch(
  { contextDirectory, dockerfile }: Build,
  { clock, onWarning }: ContextWatchOptions,
): Promise<ContextWatch> {
  const problems = new Problems();
  const ownFile = dockerfile.kind === 'inline' ? undefined : dockerfile.file;
  const { file, rules } = await readIgnoreFile(contextDirectory, ownFile, problems);
  problems.throwIfAny(contextDirectory);
  const files = [file, ownFile].filter(it => it !== undefined);
  const nameOf = (absolute: string): string =>
    path.relative(contextDirectory, absolute).replaceAll(path.sep, '/');
  const lock = await findIndexLock(contextDirectory);
  const batcher = new Batcher<string>({
    clock,
    ...(lock === undefined ? {} : { isHeld: () => isLocked(lock) }),
  });
  let newsCount = 0;
  const watcher = new DirectoryWatcher({
    ...{ places: [contextDirectory, ...files], clock, onWarning },
    onChange(changed) {
      newsCount += 1;
      if (files.includes(changed)) batcher.add(changed);
      const name = nameOf(changed);
      if (name === '..' || name.startsWith('../') || path.isAbsolute(name)) return;
      if (name === '' || batcher.has(name) || !tree.isIgnored(name)) batcher.add(name);
    },
  });
  const tree = new HostTree(contextDirectory, rules, {
    onDirectory: name => watcher.add(path.join(contextDirectory, name)),
    onGone: name => watcher.remove(path.join(contextDirectory, name)),
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
  const isAway = async (): Promise<boolean> => (await statIfPresent(contextDirectory)) === undefined;
  return {
    tree,
    buildFiles: files,
    ignoreFiles: [...(file === undefined ? [] : [nameOf(file)]), '.dockerignore'],
    async run({ onBatch, onAway = () => undefined }, signal) {
      for (;;) {
        const { items, startedMs } = await batcher.next(signal);
        if (newsCount > muchNews) batcher.add('');
        newsCount = 0;
        const changed = await tree.refresh([...items].filter(name => !files.includes(name)));
        const wasAway = await isAway();
        if (wasAway) onAway();
        while (await isAway()) await clock.sleep(awayMs, signal);
        if (wasAway) {
          for (const [name, before] of await tree.refresh(['']))
            if (!changed.has(name)) changed.set(name, before);
          for (const [name, before] of changed)
            if (isSameNode(before, tree.nodes.get(name))) changed.delete(name);
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
