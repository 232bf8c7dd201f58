import {
  closeSync,
  fchmodSync,
  fchownSync,
  futimesSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { errnoOf, messageOf, OsError } from '../core/errors.ts';
import { bytesOf, shownName, type ByteName } from './byte-names.ts';

/** The error for a file of this machine that could not be written; those of streams stay as they are. */
export function localFailure(file: ByteName, error: unknown): unknown {
  if (error instanceof OsError || errnoOf(error) === undefined) return error;
  if (errnoOf(error)?.startsWith('ERR_') === true) return error;
  const code = errnoOf(error) === 'ENOSPC' ? 'no-space' : 'usage';
  return new OsError(code, `cannot write ${shownName(file)}: ${messageOf(error)}`, { cause: error });
}

/** Returns what `work` with a file of this machine gives. Throws as `localFailure` says. */
export async function orLocalFailure<T>(file: ByteName, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw localFailure(file, error);
  }
}

export interface SmallFile {
  readonly mode: number;
  readonly mtimeS: number;
  /** undefined: this user's. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Writes a small file as `temporary` and renames it, at once: the dozen turns of the event loop that it takes otherwise cost more
 * than the disk does. Throws OsError; then nothing of it is left.
 */
export function writeSmall(
  temporary: ByteName,
  file: ByteName,
  bytes: Buffer,
  { mode, mtimeS, owner }: SmallFile,
): void {
  try {
    const opened = openSync(bytesOf(temporary), 'wx', 0o600);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(opened, bytes, at);
      if (owner !== undefined) fchownSync(opened, owner.uid, owner.gid);
      fchmodSync(opened, mode);
      futimesSync(opened, mtimeS, mtimeS);
    } finally {
      closeSync(opened);
    }
    renameSync(bytesOf(temporary), bytesOf(file));
  } catch (error) {
    rmSync(bytesOf(temporary), { force: true });
    throw localFailure(file, error);
  }
}
