/** One watched context and its tree, for all services that are built from it by the same ignore file. */
import type { Clock } from '../../core/clock.ts';
import { readIgnoreFile } from '../../project/context/ignore-file.ts';
import type { Build } from '../../project/build.ts';
import { Problems } from '../../project/problem.ts';
import { HostTree, type Changed } from '../tree/host-tree.ts';
import { statIfPresent } from '../tree/read-node.ts';
import { Batcher } from './batcher.ts';
import { ChangedFiles } from './changed-files.ts';
import { openLastingWatcher } from './open-lasting-watcher.ts';

/** What changed, and when the first event of it came. */
export type OnBatch = (changed: Changed, startedMs: number) => void;

export interface ContextWatch extends AsyncDisposable {
  readonly tree: HostTree;
  /** Names in the context that decide how the image is built. */
  readonly buildFiles: readonly string[];
  /** Those of them that decide what belongs to the context, also such as are not there yet. */
  readonly ignoreFiles: readonly string[];
  /** Hands out batches until `signal` aborts. */
  run(onBatch: OnBatch, signal: AbortSignal): Promise<void>;
}

export interface ContextWatchOptions {
  readonly clock: Clock;
  readonly onWarning: (message: string) => void;
}

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
  const tree = new HostTree(contextDirectory, rules);
  const batcher = new Batcher<string>(clock);
  const files = [file, ownFile].filter(it => it !== undefined);
  const contents = new ChangedFiles();
  const watcher = await openLastingWatcher(
    contextDirectory,
    {
      ...{ files, onWarning },
      isIgnored: name => tree.isIgnored(name),
      onChange: name => batcher.add(name),
    },
    clock,
  );
  try {
    await contents.read(files);
    await tree.readAll();
  } catch (error) {
    await watcher[Symbol.asyncDispose]();
    throw error;
  }
  return {
    tree,
    buildFiles: files,
    ignoreFiles: [...(file === undefined ? [] : [file]), '.dockerignore'],
    async run(onBatch, signal) {
      for (;;) {
        const { items, startedMs } = await batcher.next(signal);
        const changed = await tree.refresh([...items].filter(name => !files.includes(name)));
        // A directory that is away says nothing of what decides how it is built.
        if ((await statIfPresent(contextDirectory)) !== undefined)
          for (const name of await contents.refresh(files.filter(it => items.has(it))))
            changed.set(name, undefined);
        if (changed.size > 0) onBatch(changed, startedMs);
      }
    },
    [Symbol.asyncDispose]: () => watcher[Symbol.asyncDispose](),
  };
}
