/** A folder of this machine for the archives of one image; removed when disposed. */
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '../../../core/clock.ts';
import { errnoOf, messageOf, OsError } from '../../../core/errors.ts';
import { reportsFullDisk } from '../../../core/full-disk.ts';

export interface ImageFolder extends AsyncDisposable {
  readonly path: string;
}

const prefix = 'os-image-';
/** No push takes that long to send an image: a folder of such an age is one of a push that was killed. */
const leftoverAgeMs = 24 * 60 * 60_000;

/** Removes this user's folders that killed pushes have left. */
export async function removeLeftovers(directory: string, nowMs: number): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names.filter(it => it.startsWith(prefix))) {
    const folder = path.join(directory, name);
    const found = await lstat(folder).catch(() => undefined);
    if (found?.isDirectory() !== true || found.uid !== process.getuid?.()) continue;
    // Somebody else may remove it at the same time.
    if (nowMs - found.mtimeMs > leftoverAgeMs)
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

const hint = 'TMPDIR=DIRECTORY before the command names another place for it';

export const outOfSpaceHere = (cause: unknown): OsError =>
  new OsError('no-space', `this machine has no space for the image in ${tmpdir()}`, { hint, cause });

/** Converts a failure to write into the folder; returns other errors unchanged. */
export function explainFolderFailure(error: unknown): unknown {
  const isOfSystem = !(error instanceof OsError) && errnoOf(error) !== undefined;
  return isOfSystem && reportsFullDisk(messageOf(error)) ? outOfSpaceHere(error) : error;
}

/** Throws OsError `host-unsuitable` where this machine has no place for temporary files, and `no-space`. */
export async function openImageFolder(): Promise<ImageFolder> {
  try {
    await removeLeftovers(tmpdir(), systemClock.nowMs());
    const folder = await mkdtemp(path.join(tmpdir(), prefix));
    return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
  } catch (error) {
    const explained = explainFolderFailure(error);
    if (explained !== error) throw explained;
    throw new OsError('host-unsuitable', `cannot make a folder in ${tmpdir()}: ${messageOf(error)}`, {
      hint,
      cause: error,
    });
  }
}
