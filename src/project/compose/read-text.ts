import { readFile, stat } from 'node:fs/promises';
import { errnoOf } from '../../core/errors.ts';
import { formatBytes } from '../../core/units.ts';
import type { Place, Problems } from '../problem.ts';

/** No file that describes a project is larger. */
const sizeLimitBytes = 4_000_000;

/** The text of `file`, or undefined with a problem at `place`, where it is asked for. */
export async function readText(
  file: string,
  place: Place,
  subject: string,
  problems: Problems,
): Promise<string | undefined> {
  try {
    const { size } = await stat(file);
    if (size <= sizeLimitBytes) return await readFile(file, 'utf8');
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

function reasonOf(error: unknown, file: string): string {
  const errno = errnoOf(error);
  if (errno === 'ENOENT' || errno === 'ENOTDIR') return `there is no file ${file}`;
  if (errno === 'EISDIR') return `${file} is a directory`;
  if (errno === 'EACCES') return `cannot read ${file}: permission denied`;
  throw error;
}
