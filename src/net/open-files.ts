import { readdir, readFile, readlink } from 'node:fs/promises';
import { errnoOf } from '../core/errors.ts';

/** Sockets and watches that the programs of this machine hold open. */
export interface OpenFiles {
  /** Socket inode → the programs that hold it, e.g. `avahi-daemon (pid 731)`. */
  readonly socketHolders: ReadonlyMap<string, readonly string[]>;
  readonly inotifyInstances: number;
  readonly inotifyWatches: number;
  /** False if other users' programs could not be read. */
  readonly isComplete: boolean;
}

/** undefined if the program has ended meanwhile or belongs to somebody else. */
async function unlessGone<T>(reading: Promise<T>, onDenied: () => void): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno === 'EACCES' || errno === 'EPERM') onDenied();
    return undefined;
  }
}

/** Reads /proc: who holds which socket, and how much of inotify is in use. */
export async function readOpenFiles(): Promise<OpenFiles> {
  const socketHolders = new Map<string, string[]>();
  let [inotifyInstances, inotifyWatches, isComplete] = [0, 0, true];
  const onDenied = (): void => {
    isComplete = false;
  };
  const readProcess = async (pid: string): Promise<void> => {
    const descriptors = (await unlessGone(readdir(`/proc/${pid}/fd`), onDenied)) ?? [];
    let name: string | undefined;
    for (const descriptor of descriptors) {
      const target = await unlessGone(readlink(`/proc/${pid}/fd/${descriptor}`), onDenied);
      if (target === 'anon_inode:inotify') {
        inotifyInstances += 1;
        const info = await unlessGone(readFile(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8'), onDenied);
        inotifyWatches += info?.match(/^inotify /gm)?.length ?? 0;
      }
      const inode = /^socket:\[(\d+)\]$/.exec(target ?? '')?.[1];
      if (inode === undefined) continue;
      name ??= (await unlessGone(readFile(`/proc/${pid}/comm`, 'utf8'), onDenied))?.trim() ?? '?';
      socketHolders.set(inode, [...(socketHolders.get(inode) ?? []), `${name} (pid ${pid})`]);
    }
  };
  const pids = ((await unlessGone(readdir('/proc'), onDenied)) ?? []).filter(name => /^\d+$/.test(name));
  await Promise.all(pids.map(readProcess));
  return { socketHolders, inotifyInstances, inotifyWatches, isComplete };
}
