/** Folders for temporary files of this machine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errnoOf, messageOf, OsError } from '../core/errors.ts';
import { reportsFullDisk } from '../core/full-disk.ts';

export interface TempFolder extends AsyncDisposable {
  readonly path: string;
}

/** The hint that names another place for them. */
export const tempFolderHint = 'TMPDIR=DIRECTORY before the command names another place for it';

/**
 * Makes a folder whose name begins with `prefix`; disposing removes it with all that is in it. Throws OsError `no-space`, and
 * `host-unsuitable` where this machine has no place for temporary files.
 */
export async function openTempFolder(prefix: string): Promise<TempFolder> {
  try {
    const folder = await mkdtemp(path.join(tmpdir(), prefix));
    return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    const code = reportsFullDisk(messageOf(error)) ? 'no-space' : 'host-unsuitable';
    throw new OsError(code, `cannot make a folder in ${tmpdir()}: ${messageOf(error)}`, {
      hint: tempFolderHint,
      cause: error,
    });
  }
}
