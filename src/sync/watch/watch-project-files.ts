import path from 'node:path';
import type { Clock } from '../../core/clock.ts';
import type { Project } from '../../project/project.ts';
import { statIfPresent } from '../tree/read-node.ts';
import { Batcher } from './batcher.ts';
import { ChangedFiles } from './changed-files.ts';
import { DirectoryWatcher } from './directory-watcher.ts';

/** Between two looks at whether a directory that is away is back. */
const awayMs = 300;

/** Calls `onChange` with a cause when what a project is read from changes: its compose files, its `.env`. */
export async function watchProjectFiles(
  { directory, files: read }: Project,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
  onChange: (cause: string) => void,
): Promise<void> {
  const batcher = new Batcher<string>({ clock });
  const files = [
    ...new Set([...read.map(({ file }) => path.resolve(directory, file)), path.join(directory, '.env')]),
  ];
  if (read.length === 0) return;
  const contents = new ChangedFiles();
  await contents.read(files);
  const directories = new Set(files.map(file => path.dirname(file)));
  using watcher = new DirectoryWatcher({
    ...{ places: files, clock },
    onChange: changed => {
      if (files.includes(changed) || directories.has(changed)) batcher.add(changed);
    },
    onWarning: () => undefined,
  });
  for (const it of directories) watcher.add(it);
  for (;;) {
    const { items } = await batcher.next(signal);
    // A directory that is away says nothing, and what comes back is another one.
    while ((await statIfPresent(directory)) === undefined) await clock.sleep(awayMs, signal);
    const isNew = [...directories].some(it => items.has(it));
    if (isNew) for (const it of directories) watcher.add(it);
    for (const file of await contents.refresh(files.filter(it => isNew || items.has(it))))
      onChange(`${path.relative(directory, file)} decides what runs`);
  }
}
