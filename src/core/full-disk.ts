import { OsError } from './errors.ts';

/** True if `text` has the words for a full disk (ENOSPC, EDQUOT) that all programs share. */
export const reportsFullDisk = (text: string): boolean =>
  /no space left on device|disk quota exceeded/i.test(text);

/** Hint for a full disk. */
export const spaceHint = '`os clean` removes what earlier pushes left behind';

/** Returns `error`, or an error for a full disk if the output that a program printed before it failed says so. */
export function unlessFull(where: string, error: OsError, printed: readonly string[]): OsError {
  if (!printed.some(reportsFullDisk)) return error;
  return new OsError('no-space', `${where} is out of space: ${error.message}`, {
    hint: spaceHint,
    cause: error,
  });
}
