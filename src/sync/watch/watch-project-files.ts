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

/** The files of a project, and what they held when they were read. */
export interface ProjectFiles {
  readonly directory: string;
  readonly files: readonly string[];
  readonly contents: ChangedFiles;
}

/** Reads them as early as possible after the project: what changes from then on is a change. */
export async function readProjectFiles(project: Project): Promise<ProjectFiles> {
  const files = [...new Set(listFiles(project))];
  const contents = new ChangedFiles();
  await contents.read(files);
  return { directory: project.directory, files, contents };
}

/** Calls `onChange` with the cause when a file of the project itself has changed: the compose file, an env file, a secret. */
export async function watchProjectFiles(
  { directory, files, contents }: ProjectFiles,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  onChange: (cause: string) => void,
): Promise<void> {
  const batcher = new Batcher<string>({ clock });
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
  const tell = async (names: readonly string[]): Promise<void> => {
    for (const file of await contents.refresh(names))
      onChange(`${path.relative(directory, file)} decides what runs`);
  };
  await untilThere(directory, { clock, signal });
  await tell(files);
  for (;;) {
    const { items } = await batcher.next(signal);
    // A missing directory says nothing about its files, and the one that comes back is new.
    await untilThere(directory, { clock, signal });
    const isNew = [...directories].some(it => items.has(it));
    if (isNew) for (const it of directories) watcher.add(it);
    await tell(files.filter(it => isNew || items.has(it)));
  }
}
