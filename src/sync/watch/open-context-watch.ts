/** What is watched for services together: a context by one ignore file, and what rules name outside of it. */
import path from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { readIgnoreFile } from '../../project/context/ignore-file.ts';
import type { Dockerfile } from '../../project/build.ts';
import { Problems } from '../../project/problem.ts';
import type { WatchRule } from '../../project/service.ts';
import { HostTree } from '../tree/host-tree.ts';
import { nameIn } from '../tree/names.ts';
import { isForbidden } from '../tree/read-node.ts';
import { Batcher } from './batcher.ts';
import { ChangedFiles } from './changed-files.ts';
import { ContextWatch } from './context-watch.ts';
import { DirectoryWatcher } from './directory-watcher.ts';
import { openGitLocks } from './git-lock.ts';
import { findPlaces } from './places.ts';

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

/** Resolves when every change from then on is seen, and the tree is read. */
export async function openContextWatch(
  { directory, build, rules: watch }: Watched,
  { clock, onWarning }: ContextWatchOptions,
): Promise<ContextWatch> {
  const problems = new Problems();
  const ownFile = build?.dockerfile.kind === 'inline' ? undefined : build?.dockerfile.file;
  const ignore = build && (await readIgnoreFile(directory, ownFile, problems));
  problems.throwIfAny(directory);
  const buildFiles = [ignore?.file, ownFile].filter(it => it !== undefined);
  const { names: places, rules } = findPlaces({ directory, context: ignore?.rules, watch });
  const placeOf = (name: string): string => path.resolve(directory, name);
  const isHeld = await openGitLocks(places.map(placeOf), clock);
  const batcher = new Batcher<string>({ clock, isHeld });
  let newsCount = 0;
  const takeNewsCount = (): number => {
    const count = newsCount;
    newsCount = 0;
    return count;
  };
  const watcher = new DirectoryWatcher({
    ...{ places: [...places.map(placeOf), ...buildFiles], clock, onWarning },
    onChange(changed) {
      newsCount += 1;
      if (buildFiles.includes(changed)) batcher.add(changed);
      const name = nameIn(directory, changed);
      if (name === '' || batcher.has(name) || !tree.isIgnored(name)) batcher.add(name);
    },
  });
  const close = (): void => watcher[Symbol.dispose]();
  const unreadable = new Set<string>();
  const tree = new HostTree(directory, rules, {
    places,
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
    await contents.read(buildFiles);
    await tree.readAll();
    // They count even where the context ignores them.
    for (const it of buildFiles) watcher.add(path.dirname(it));
  } catch (error) {
    close();
    throw error;
  }
  const ignoreFile = ignore?.file;
  return new ContextWatch({ tree, batcher, contents, buildFiles, ignoreFile, clock, takeNewsCount, close });
}
