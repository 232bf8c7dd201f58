/** Input that only one of several devices could read is refused before anything is done, since the others would get nothing. */
import { fstatSync, statSync, type Stats } from 'node:fs';
import { errnoOf, OsError } from '../../core/errors.ts';
import type { Parsed } from './device-words.ts';

function readStats(read: () => Stats): Stats | undefined {
  try {
    return read();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** True for the path of a pipe, as the shell writes it for `<(command)`. Only one reader gets its bytes. */
const isPipe = (word: unknown): boolean =>
  typeof word === 'string' && word.includes('/') && readStats(() => statSync(word))?.isFIFO() === true;

const refuse = (what: string): OsError =>
  new OsError('usage', `${what}: several devices cannot share it`, { hint: 'give a file' });

/** Throws OsError `usage` for a flag that reads this process's stdin, and for an argument or a flag that is a pipe. */
export function refuseSharedInput({ flags, argv }: Pick<Parsed, 'flags' | 'argv'>): void {
  for (const [name, value] of Object.entries(flags))
    for (const one of [value].flat())
      if (one === '-' || isPipe(one)) throw refuse(`--${name} ${String(one)}`);
  for (const word of argv) if (isPipe(word)) throw refuse(String(word));
}

/** Throws OsError `usage` where stdin is a pipe, or a file that is not empty. */
export function refuseSharedStdin({ fd }: { readonly fd: number }): void {
  const stats = readStats(() => fstatSync(fd));
  if (stats?.isFIFO() === true || (stats?.isFile() === true && stats.size > 0))
    throw new OsError('usage', 'several devices cannot share stdin', {
      hint: 'with --no-stdin they get no input; `os cp` sends files',
    });
}
