import { readFile } from 'node:fs/promises';
import { errnoOf, messageOf, OsError, type ErrorCode } from '../core/errors.ts';
import { isNamedPipe } from './named-pipe.ts';

/** Reads a file whole. Throws as `readFile` does, and for a named pipe, which may have no writer. */
export async function readPlainFile(file: string): Promise<Buffer> {
  if (await isNamedPipe(file)) throw new Error('it is a pipe, which is not read');
  return readFile(file);
}

/**
 * Reads a file that a person names. `what` is said before its name, such as `the key`; `code` defaults to `usage`. Throws
 * OsError of that code, such as `cannot read the key /a: no such file or directory`.
 */
export async function readGivenFile(
  file: string,
  { what, code = 'usage' }: { readonly what?: string; readonly code?: ErrorCode } = {},
): Promise<Buffer> {
  try {
    return await readPlainFile(file);
  } catch (error) {
    const named = what === undefined ? file : `${what} ${file}`;
    const reason = errnoOf(error) === 'EISDIR' ? 'it is a directory' : messageOf(error);
    throw new OsError(code, `cannot read ${named}: ${reason}`, { cause: error });
  }
}
