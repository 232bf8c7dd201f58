import { readFile } from 'node:fs/promises';
import { errnoOf, messageOf, OsError, type ErrorCode } from '../core/errors.ts';
import { decodeText, problemOfText } from './utf8-text.ts';
import { isNamedPipe } from './named-pipe.ts';

/** Reads a file whole. Throws as `readFile` does, and for a named pipe, which may have no writer. */
export async function readPlainFile(file: string): Promise<Buffer> {
  if (await isNamedPipe(file)) throw new Error('it is a pipe, which is not read');
  return readFile(file);
}

interface GivenOptions {
  readonly what?: string;
  readonly code?: ErrorCode;
}

const nameOf = (file: string, what: string | undefined): string =>
  what === undefined ? file : `${what} ${file}`;

/**
 * Reads a file that a person names. `what` is said before its name, such as `the key`; `code` defaults to `usage`. Throws
 * OsError of that code, such as `cannot read the key /a: no such file or directory`.
 */
export async function readGivenFile(
  file: string,
  { what, code = 'usage' }: GivenOptions = {},
): Promise<Buffer> {
  try {
    return await readPlainFile(file);
  } catch (error) {
    const reason = errnoOf(error) === 'EISDIR' ? 'it is a directory' : messageOf(error);
    throw new OsError(code, `cannot read ${nameOf(file, what)}: ${reason}`, { cause: error });
  }
}

/** The text of a file or of stdin, which `named` tells. Throws OsError `usage` or `code` where it is not in UTF-8. */
export function textOfGiven(bytes: Uint8Array, named: string, code: ErrorCode = 'usage'): string {
  const problem = problemOfText(bytes);
  if (problem !== undefined) throw new OsError(code, `cannot read ${named}: ${problem}`);
  return decodeText(bytes);
}

/** Reads the text of a file that a person names, without a byte order mark. Throws as `readGivenFile` does, and for no UTF-8. */
export const readGivenText = async (file: string, options: GivenOptions = {}): Promise<string> =>
  textOfGiven(await readGivenFile(file, options), nameOf(file, options.what), options.code);
