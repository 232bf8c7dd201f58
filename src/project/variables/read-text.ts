import { readFile, stat } from 'node:fs/promises';
import { isNamedPipe } from '../../state/named-pipe.ts';
import { errnoOf, messageOf } from '../../core/errors.ts';
import { formatBytes } from '../../core/units.ts';
import { decodeText, problemOfText } from '../../state/utf8-text.ts';
import type { Place, Problems } from '../problem.ts';

/** Far above any file that describes a project. */
const sizeLimitBytes = 4_000_000;

/** Reads the text of `file`; undefined, with a problem at `place`, if it cannot be read, also where `problemOf` its bytes says why. */
export async function readText(
  file: string,
  place: Place,
  subject: string,
  problems: Problems,
  problemOf: (bytes: Uint8Array) => string | undefined = problemOfText,
): Promise<string | undefined> {
  try {
    if (await isNamedPipe(file)) {
      problems.add(place, subject, `${file} is a pipe, which is not read`);
      return undefined;
    }
    const { size } = await stat(file);
    if (size <= sizeLimitBytes) {
      const bytes = await readFile(file);
      const problem = problemOf(bytes);
      if (problem === undefined) return decodeText(bytes);
      problems.add(place, subject, `cannot read ${file}: ${problem}`);
      return undefined;
    }
    problems.add(
      place,
      subject,
      `${file} is ${formatBytes(size)}: no more than ${formatBytes(sizeLimitBytes)} are read`,
    );
  } catch (error) {
    problems.add(place, subject, reasonOf(error, file));
  }
  return undefined;
}

export const isMissing = (file: string): Promise<boolean> =>
  stat(file).then(
    () => false,
    (error: unknown) => ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? ''),
  );

function reasonOf(error: unknown, file: string): string {
  const errno = errnoOf(error);
  if (errno === 'ENOENT' || errno === 'ENOTDIR') return `there is no file ${file}`;
  if (errno === 'EISDIR') return `${file} is a directory`;
  if (errno === 'ELOOP') return `${file} is a link that leads nowhere`;
  if (errno === undefined) throw error;
  return `cannot read ${file}: ${messageOf(error)}`;
}
