import { mkdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, OsError } from '../core/errors.ts';
import { byteNameOf, shownName, type ByteName } from './byte-names.ts';
import { isPattern, readPathEnd } from './place.ts';
import type { UnpackOptions } from './unpack-local.ts';
import { localFailure, orLocalFailure } from './write-small.ts';

const kindOf = async (file: string): Promise<'directory' | 'other' | undefined> => {
  try {
    return (await stat(file)).isDirectory() ? 'directory' : 'other';
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw localFailure(byteNameOf(file), error);
  }
};

const resolveLinks = (directory: string): Promise<ByteName> =>
  orLocalFailure(byteNameOf(directory), realpath(directory, 'latin1'));

/**
 * Returns the place on this machine for the entries of an archive. The destination's own links are followed once, here. Throws
 * OsError.
 */
export async function openLocalEnd(
  sources: readonly string[],
  text: string,
): Promise<Pick<UnpackOptions, 'placeOf' | 'root'>> {
  const { path: named, isInto } = readPathEnd(text);
  const file = path.resolve(named);
  const areContents = sources.every(source => readPathEnd(source).isContents);
  // Names below the root directory have no part of their own before them.
  const isRoot = sources.some(source => readPathEnd(source).path === '/');
  if (isRoot && sources.length > 1)
    throw new OsError('usage', '/ is copied on its own', { hint: 'copy the others after it' });
  const kind = await kindOf(file);
  const isPatternSource = sources.some(isPattern);
  const into = isInto || sources.length > 1 || (isPatternSource && kind === 'directory');
  const parent = path.dirname(file);
  if ((await kindOf(parent)) !== 'directory')
    throw new OsError('usage', `no such directory: ${parent}`, { hint: 'make it first' });
  if (into || areContents) {
    if (kind === 'other') throw new OsError('usage', `${text} is no directory`);
    if (kind === undefined) await orLocalFailure(byteNameOf(file), mkdir(file));
    const root = await resolveLinks(file);
    return {
      root,
      placeOf: parts => {
        const inner = areContents && !isRoot ? parts.slice(1) : parts;
        return inner.length === 0 ? undefined : path.join(root, ...inner);
      },
    };
  }
  const root = await resolveLinks(kind === 'directory' ? file : parent);
  const own = kind === 'directory' ? [] : [byteNameOf(path.basename(file))];
  if (isRoot) return { root, placeOf: parts => path.join(root, ...own, ...parts) };
  let only: string | undefined;
  return {
    // A tree becomes the destination, or what is in it goes into the one that is there; a file goes into a directory.
    root,
    placeOf: (parts, header) => {
      const [first = '', ...rest] = parts;
      if (only !== undefined && only !== first)
        throw new OsError('usage', `more than one file matches: ${[only, first].map(shownName).join(', ')}`, {
          hint: `name a directory to copy them into: ${text}/`,
        });
      only = first;
      if (kind === 'directory' && rest.length === 0 && header.type !== 'directory')
        return path.join(root, first);
      return path.join(root, ...own, ...rest);
    },
  };
}
