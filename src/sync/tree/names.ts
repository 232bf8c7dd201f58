/** Files have names relative to one directory, with `/`; files outside of it have their absolute path as their name. */
import path from 'node:path';

/** Returns the rest of `file` below `directory`: `''` for the directory itself, undefined if it is elsewhere. */
export function restOf(directory: string, file: string): string | undefined {
  const rest = path.relative(directory, file);
  return /^\.\.(?:[\\/]|$)/.test(rest) || path.isAbsolute(rest) ? undefined : rest.replaceAll(path.sep, '/');
}

export const nameIn = (directory: string, file: string): string =>
  restOf(directory, file) ?? file.replaceAll(path.sep, '/');

/** True if `name` is outside of the directory that names are relative to. */
export const isOutside = (name: string): boolean => path.isAbsolute(name);

export const parentName = (name: string): string => name.slice(0, Math.max(name.lastIndexOf('/'), 0));

export const baseName = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

export const joinName = (directory: string, base: string): string =>
  directory === '' || directory.endsWith('/') ? directory + base : `${directory}/${base}`;
