import path from 'node:path';
import type { Clock } from '../../core/clock.ts';
import type { Project } from '../../project/project.ts';
import { statIfPresent } from '../tree/read-node.ts';
import { Batcher } from './batcher.ts';
import { ChangedFiles } from './changed-files.ts';
import { openLastingWatcher } from './open-lasting-watcher.ts';

/** Calls `onChange` with a cause when what a project is read from changes: its compose files, its `.env`. */
export async function watchProjectFiles(
  { directory, files: read }: Project,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
  onChange: (cause: string) => void,
): Promise<void> {
  const batcher = new Batcher<string>(clock);
  const files = [
    ...new Set([...read.map(({ file }) => path.resolve(directory, file)), path.join(directory, '.env')]),
  ];
  if (read.length === 0) return;
  const contents = new ChangedFiles();
  await contents.read(files);
  const watching = { files, isIgnored: () => true, onWarning: () => undefined };
  await using _watcher = await openLastingWatcher(
    directory,
    { ...watching, onChange: name => batcher.add(name) },
    clock,
  );
  for (;;) {
    const { items } = await batcher.next(signal);
    // A directory that is away says nothing.
    if ((await statIfPresent(directory)) === undefined) continue;
    for (const file of await contents.refresh(files.filter(it => items.has(it))))
      onChange(`${path.relative(directory, file)} decides what runs`);
  }
}
