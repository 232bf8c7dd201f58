import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, OsError } from '../../core/errors.ts';
import type { FileEntry } from '../../project/context/entry.ts';
import { cannotRead } from '../../project/context/read-failure.ts';
import { openFile, type OpenFile } from '../../project/context/content/read-file.ts';
import type { Node } from './node.ts';

/** Tells without reading a file that it is unchanged. */
export interface Stamp {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly inode: number;
}

export const isSameStamp = (a: Stamp | undefined, b: Stamp): boolean =>
  a?.sizeBytes === b.sizeBytes && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.inode === b.inode;

export const stampOf = ({ size, mtimeMs, ctimeMs, ino }: Stats): Stamp => ({
  sizeBytes: size,
  mtimeMs,
  ctimeMs,
  inode: ino,
});

/** True for the error of a path that is there and may not be read. */
export const isForbidden = (error: unknown): boolean => ['EACCES', 'EPERM'].includes(errnoOf(error) ?? '');

/** True for the error of a path that is gone, or never was. */
export const isGone = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '');

const orNothing = (error: unknown): undefined => {
  if (!isGone(error)) throw error;
};

/** Returns `lstat` of a file; undefined if nothing is there. */
export const statIfPresent = (file: string): Promise<Stats | undefined> => lstat(file).catch(orNothing);

/** Returns the same of what a link leads to. */
export const statTarget = (file: string): Promise<Stats | undefined> => stat(file).catch(orNothing);

/** Returns true if something can be found at `file`. */
export async function isThere(file: string): Promise<boolean> {
  try {
    return (await statIfPresent(file)) !== undefined;
  } catch (error) {
    if (isForbidden(error)) return false;
    throw error;
  }
}

const entryOf = (root: string, name: string, sizeBytes = 0): FileEntry => ({
  type: 'file',
  name,
  isExecutable: false,
  sizeBytes,
  source: {
    path: path.resolve(root, name),
    stamp: undefined,
    convertsLineEndings: process.platform === 'win32',
  },
});

/** Opens a file as a build would send it; returns undefined if it is gone or cannot be read. */
export async function openContent(root: string, name: string): Promise<OpenFile | undefined> {
  try {
    return await openFile(entryOf(root, name));
  } catch (error) {
    if (error instanceof OsError && error.code === 'project-invalid') return undefined;
    throw error;
  }
}

export interface Digest {
  /** In hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface HashOptions {
  readonly expectedBytes: number;
  /** Called with the content of a file that is read in one piece. */
  readonly onWhole?: (content: Buffer) => void;
  readonly signal?: AbortSignal;
}

/** Throws OsError `project-invalid` if the file is gone, unreadable or shrinks, or the reason of the signal. */
export async function hashFile(
  root: string,
  name: string,
  { expectedBytes, onWhole = () => undefined, signal }: HashOptions,
): Promise<Digest> {
  await using file = await openFile(entryOf(root, name, expectedBytes));
  const hash = createHash('sha256');
  for await (const chunk of file.chunks()) {
    signal?.throwIfAborted();
    hash.update(chunk);
    if (chunk.length === file.sizeBytes) onWhole(chunk);
  }
  return { sha256: hash.digest('hex'), sizeBytes: file.sizeBytes };
}

export interface ReadingOptions {
  readonly isExecutable: (name: string, stats: Stats) => boolean;
  /** Called with the content of a file that is read in one piece. */
  readonly onWhole: (content: Buffer) => void;
}

/**
 * Returns what `name` is; undefined for what a container can't get: sockets, pipes, what is gone again. Throws OsError
 * `project-invalid` if it is there and can't be read, now or at all.
 */
export async function readNode(
  root: string,
  name: string,
  stats: Stats,
  { isExecutable, onWhole }: ReadingOptions,
): Promise<Node | undefined> {
  if (stats.isDirectory()) return { kind: 'directory' };
  try {
    if (stats.isSymbolicLink()) {
      const target = await readlink(path.resolve(root, name));
      return { kind: 'symlink', target: target.replaceAll(path.sep, '/') };
    }
    if (!stats.isFile()) return undefined;
    return {
      kind: 'file',
      isExecutable: isExecutable(name, stats),
      ...(await hashFile(root, name, { expectedBytes: stats.size, onWhole })),
    };
  } catch (error) {
    if (isGone(error) || (await statIfPresent(path.resolve(root, name))) === undefined) return undefined;
    // The path may have become something else since `lstat`.
    throw error instanceof OsError || errnoOf(error) === undefined ? error : cannotRead(name, error);
  }
}
