import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, OsError } from '../../core/errors.ts';
import { formatBytes } from '../../core/units.ts';

/** Bytes that a device writes until it answers: its engine's files, keys, the image that it comes with. */
const neededBytes = 64_000_000;

/** Free bytes at `directory`, or at its nearest existing parent. */
async function freeBytesAt(directory: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return freeBytesAt(path.dirname(directory));
  }
}

/**
 * Throws OsError `host-unsuitable` if this machine's disk has too little space for a device to boot. `findFree` reads
 * the free bytes there.
 */
export async function checkDiskSpace(
  directory: string,
  findFree: (directory: string) => Promise<number> = freeBytesAt,
): Promise<void> {
  const freeBytes = await findFree(directory);
  if (freeBytes >= neededBytes) return;
  throw new OsError(
    'host-unsuitable',
    `this machine is out of space: ${formatBytes(freeBytes)} are free where ${directory} is, and a device takes ${formatBytes(neededBytes)} to boot`,
    { hint: 'make space, or set XDG_STATE_HOME to a directory on another disk' },
  );
}
