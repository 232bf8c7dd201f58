/** A directory as `/mnt/boot`, for one program and its children alone (needs Linux and root). */
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';

/** Kept in memory, where a `sync` of the whole file system takes no time. */
export async function openBootDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await mkdtemp(path.join('/dev/shm', 'os-test-'));
  return { path: directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

/** Words in front of a command that make it see `directory` as `/mnt/boot`. Nobody else sees the mounts. */
export const withBoot = (directory: string): readonly [string, ...string[]] => [
  'unshare',
  '--mount',
  'sh',
  '-c',
  'mount -t tmpfs none /mnt && mkdir /mnt/boot && mount --bind "$0" /mnt/boot && exec "$@"',
  directory,
];
