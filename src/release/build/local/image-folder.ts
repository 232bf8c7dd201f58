/** A folder of this machine for the archives of one image; removed when disposed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errnoOf, messageOf, OsError } from '../../../core/errors.ts';
import { reportsFullDisk } from '../../../core/full-disk.ts';

export interface ImageFolder extends AsyncDisposable {
  readonly path: string;
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
    const folder = await mkdtemp(path.join(tmpdir(), 'os-image-'));
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
