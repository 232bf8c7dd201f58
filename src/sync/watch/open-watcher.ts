/** The only door to chokidar. */
import path from 'node:path';
import { errnoOf, messageOf, OsError } from '../../core/errors.ts';

export interface WatchOptions {
  /** Never looked into. */
  readonly isIgnored: (name: string) => boolean;
  /** Relative to the directory, with `/`; `''` for itself. What happened to it is for the listener to find out. */
  readonly onChange: (name: string) => void;
  /** Files elsewhere whose changes are told under their absolute paths. */
  readonly files?: readonly string[];
  readonly onWarning: (message: string) => void;
}

/** Watches `directory` and everything below it. Resolves when it sees every change from then on. */
export async function openWatcher(directory: string, options: WatchOptions): Promise<AsyncDisposable> {
  try {
    return await watch(directory, options, false);
  } catch (error) {
    if (!['ENOSPC', 'EMFILE'].includes(errnoOf(error) ?? '')) throw error;
    options.onWarning(
      `${directory} has more directories than this system lets a user watch (fs.inotify.max_user_watches); looking at them again and again instead`,
    );
    return watch(directory, options, true);
  }
}

async function watch(
  directory: string,
  { isIgnored, onChange, files = [], onWarning }: WatchOptions,
  usePolling: boolean,
): Promise<AsyncDisposable> {
  const { watch: open } = await import('chokidar');
  const nameOf = (file: string): string | undefined => {
    const name = path.relative(directory, file).replaceAll(path.sep, '/');
    return name === '..' || name.startsWith('../') || path.isAbsolute(name) ? undefined : name;
  };
  const watcher = open([directory, ...files], {
    ...{ ignoreInitial: true, followSymlinks: false, atomic: false, usePolling },
    ignored: file => {
      const name = nameOf(file);
      return name !== undefined && name !== '' && !files.includes(file) && isIgnored(name);
    },
  });
  const tell = (file: string): void => {
    if (files.includes(file)) onChange(file);
    else {
      const name = nameOf(file);
      if (name !== undefined && !isIgnored(name)) onChange(name);
    }
  };
  watcher.on('all', (_, file) => tell(path.resolve(file)));
  // What the system itself says comes sooner, and of dangling links too. Of a watched file it repeats the name.
  watcher.on('raw', (_, file, details: unknown) => {
    const { watchedPath } = details as { watchedPath?: string };
    if (watchedPath === undefined) return;
    if (path.basename(watchedPath) === file) tell(watchedPath);
    tell(path.join(watchedPath, file));
  });
  let failure: Error | undefined;
  try {
    await new Promise<void>(resolve => {
      watcher.once('ready', resolve);
      watcher.on('error', error => {
        if (!['ENOSPC', 'EMFILE'].includes(errnoOf(error) ?? '')) onWarning(messageOf(error));
        else {
          failure = error as Error;
          resolve();
        }
      });
    });
    if (failure !== undefined) throw failure;
  } catch (error) {
    await watcher.close();
    if (errnoOf(error) === undefined)
      throw new OsError('project-invalid', `cannot watch ${directory}`, { cause: error });
    throw error;
  }
  return { [Symbol.asyncDispose]: () => watcher.close() };
}
