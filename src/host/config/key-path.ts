import { OsError } from '../../core/errors.ts';

/** The names of a dotted key; `\.` is a dot inside of a name. Throws OsError `usage`. */
export function parseKeyPath(text: string): readonly string[] {
  const path = Array.from(text.matchAll(/(?:^|\.)((?:[^.\\]|\\.)*)/gs), ([, name = '']) =>
    name.replace(/\\(.)/gs, '$1'),
  );
  if (path.includes('') || path.map(formatName).join('.').length < text.length)
    throw new OsError('usage', `not a key: ${JSON.stringify(text)}`, {
      hint: 'write it like hostname or os.sshKeys; `os config schema` lists the keys',
    });
  return path;
}

const formatName = (name: string): string => name.replace(/[.\\]/g, '\\$&');

/** The dotted key of `path`, which `parseKeyPath` reads back. */
export const formatKeyPath = (path: readonly string[]): string => path.map(formatName).join('.');
