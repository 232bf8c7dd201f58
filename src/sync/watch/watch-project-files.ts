import path from 'node:path';
import type { Clock } from '../../core/clock.ts';
import type { Project } from '../../project/project.ts';
import { Batcher } from './batcher.ts';
import { ChangedFiles } from './changed-files.ts';
import { DirectoryWatcher } from './directory-watcher.ts';
import { untilThere } from './until-there.ts';

/** Lists the files that a project is read from, and those that its containers get when they are created. */
function listFiles({ directory, files, inputs, secrets, configs }: Project): string[] {
  const given = [...secrets, ...configs].flatMap(({ source }) => ('file' in source ? [source.file] : []));
  return [...files.map(({ file }) => file), ...inputs, ...given].map(file => path.resolve(directory, file));
}

/** Calls `onChange` with the cause when a file of the project itself changes: the compose file, an env file, a secret. */
export async function watchProjectFiles(
  project: Project,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  onChange: (cause: string) => void,
): Promise<void> {
  const batcher = new Batcher<string>({ clock });
  const { directory } = project;
  const files = [...new Set(listFiles(project))];
  const contents = new ChangedFiles();
  await contents.read(files);
  const directories = new Set(files.map(file => path.dirname(file)));
  using watcher = new DirectoryWatcher({
    places: files,
    clock,
    onChange: changed => {
      if (files.includes(changed) || directories.has(changed)) batcher.add(changed);
    },
    onWarning: () => undefined,
  });
  for (const it of directories) watcher.add(it);
  for (;;) {
    const { items } = await batcher.next(signal);
    // A missing directory says nothing about its files, and the one that comes back is new.
    await untilThere(directory, { clock, signal });
    const isNew = [...directories].some(it => items.has(it));
    if (isNew) for (const it of directories) watcher.add(it);
    for (const file of await contents.refresh(files.filter(it => isNew || items.has(it))))
      onChange(`${path.relative(directory, file)} decides what runs`);
  }
}
