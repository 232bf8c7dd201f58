import { OsError } from './errors.ts';

/** What every program says when the disk is full (ENOSPC, EDQUOT). */
export const saysFull = (text: string): boolean => /no space left on device|disk quota exceeded/i.test(text);

/** What to do where there is no space. */
export const spaceHint = '`os clean` removes what earlier pushes left behind';

/** `error`, or that the device is full, where what a program printed before it failed says so. */
export function unlessFull(where: string, error: OsError, printed: readonly string[]): OsError {
  if (!printed.some(saysFull)) return error;
  return new OsError('no-space', `${where} is out of space: ${error.message}`, {
    hint: spaceHint,
    cause: error,
  });
}
