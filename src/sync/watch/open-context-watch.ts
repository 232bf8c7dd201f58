/** Opens the watch that services share: a context with one ignore file, and the places outside of it that rules name. */
import path from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { readIgnoreFile } from '../../project/context/ignore/ignore-file.ts';
import type { Dockerfile } from '../../project/build.ts';
import { Problems } from '../../project/problem.ts';
import type { WatchRule } from '../../project/service.ts';
import { HostTree } from '../tree/host-tree.ts';
import { isOutside, nameIn } from '../tree/names.ts';
import { isForbidden } from '../tree/read-node.ts';
import { Batcher } from './batcher.ts';
import { ChangedFiles } from './changed-files.ts';
import { ContextWatch } from './context-watch.ts';
import { DirectoryWatcher } from './directory-watcher.ts';
import { openGitLocks } from './git-lock.ts';
import { findWatchRoots } from './watch-roots.ts';

export interface Watched {
  /** Absolute. Names inside are relative to it, names outside are absolute. */
  readonly directory: string;
  /** Undefined if the directory is no context; then only the places that rules name are watched. */
  readonly build: { readonly dockerfile: Pick<Dockerfile, 'kind' | 'file'> } | undefined;
  readonly rules: readonly WatchRule[];
}

export interface ContextWatchOptions {
  readonly clock: Clock;
  readonly onWarning: (message: string) => void;
  /** Called once for a name that an ignore file keeps out of the context, when it changes. */
  readonly onIgnored?: (name: string) => void;
}

/** At most this many ignored files are remembered and reported. */
const mostIgnored = 1000;

/** Resolves when the tree is read and every later change will be seen. */
export async function openContextWatch(
  { directory, build, rules: watch }: Watched,
  { clock, onWarning, onIgnored = () => undefined }: ContextWatchOptions,
): Promise<ContextWatch> {
  const problems = new Problems();
  const ownFile = build?.dockerfile.kind === 'inline' ? undefined : build?.dockerfile.file;
  const ignore = build && (await readIgnoreFile(directory, ownFile, problems));
  problems.throwIfAny(directory);
  const buildFiles = [ignore?.file, ownFile].filter(it => it !== undefined);
  const { names: roots, rules } = findWatchRoots({ directory, context: ignore?.rules, watch });
  const placeOf = (name: string): string => path.resolve(directory, name);
  const isHeld = await openGitLocks(roots.map(placeOf), clock);
  const batcher = new Batcher<string>({ clock, isHeld });
  const ignored = new Set<string>();
  let eventCount = 0;
  const takeEventCount = (): number => {
    const count = eventCount;
    eventCount = 0;
    return count;
  };
  const watcher = new DirectoryWatcher({
    places: [...roots.map(placeOf), ...buildFiles],
    clock,
    onWarning,
    onChange(changed) {
      eventCount += 1;
      if (buildFiles.includes(changed)) batcher.add(changed);
      const name = nameIn(directory, changed);
      if (name === '' || batcher.has(name) || !tree.isIgnored(name)) batcher.add(name);
      else if (ignore !== undefined && !isOutside(name) && !ignored.has(name) && ignored.size < mostIgnored) {
        ignored.add(name);
        onIgnored(name);
      }
    },
  });
  const close = (): void => {
    watcher[Symbol.dispose]();
    tree.close();
  };
  const unreadable = new Set<string>();
  const tree = new HostTree(directory, rules, {
    roots,
    listener: {
      onDirectory: name => watcher.add(placeOf(name)),
      onGone: name => watcher.remove(placeOf(name)),
      onHashed: name => batcher.add(name),
      onUnreadable(name, { message, cause }) {
        // A file that is being written to is reported again.
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
    // Build files count even if the context ignores them.
    for (const it of buildFiles) watcher.add(path.dirname(it));
  } catch (error) {
    close();
    throw error;
  }
  const ignoreFile = ignore?.file;
  return new ContextWatch({ tree, batcher, contents, buildFiles, ignoreFile, clock, takeEventCount, close });
}
