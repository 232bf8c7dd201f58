import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, OsError } from '../../core/errors.ts';
import type { FileEntry } from '../../project/context/entry.ts';
import { cannotRead } from '../../project/context/read-failure.ts';
import { openFile } from '../../project/context/read-file.ts';
import type { Node } from './node.ts';

/** What tells without reading that a file is as it was. */
export interface Stamp {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly inode: number;
}

export const isSameStamp = (a: Stamp | undefined, b: Stamp): boolean =>
  a?.sizeBytes === b.sizeBytes && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.inode === b.inode;

export const stampOf = ({ size, mtimeMs, ctimeMs, ino }: Stats): Stamp => ({
  ...{ sizeBytes: size, mtimeMs, ctimeMs, inode: ino },
});

/** Of what is there and may not be looked at. */
export const isForbidden = (error: unknown): boolean => ['EACCES', 'EPERM'].includes(errnoOf(error) ?? '');

/** Of what is not there any more, or never was. */
export const isGone = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '');

const orNothing = (error: unknown): undefined => {
  if (!isGone(error)) throw error;
};

/** `lstat`, or undefined when nothing is there. */
export const statIfPresent = (file: string): Promise<Stats | undefined> => lstat(file).catch(orNothing);

/** The same of what a link leads to. */
export const statTarget = (file: string): Promise<Stats | undefined> => stat(file).catch(orNothing);

/** Whether something can be found at `file`. */
export async function isThere(file: string): Promise<boolean> {
  try {
    return (await statIfPresent(file)) !== undefined;
  } catch (error) {
    if (isForbidden(error)) return false;
    throw error;
  }
}

const entryOf = (root: string, name: string, sizeBytes = 0): FileEntry => ({
  ...{ type: 'file', name, isExecutable: false, sizeBytes },
  source: { path: path.resolve(root, name), mtimeMs: 0, convertsLineEndings: process.platform === 'win32' },
});

/** The bytes of a file as a build would send them; undefined when it is gone or can't be read. */
export async function readContent(root: string, name: string): Promise<Buffer | undefined> {
  try {
    await using file = await openFile(entryOf(root, name));
    const chunks: Buffer[] = [];
    for await (const chunk of file.chunks()) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof OsError && error.code === 'project-invalid') return undefined;
    throw error;
  }
}

async function hashFile(
  root: string,
  name: string,
  expectedBytes: number,
  onWhole: (content: Buffer) => void,
): Promise<{ sha256: string; sizeBytes: number }> {
  await using file = await openFile(entryOf(root, name, expectedBytes));
  const hash = createHash('sha256');
  for await (const chunk of file.chunks()) {
    hash.update(chunk);
    if (chunk.length === file.sizeBytes) onWhole(chunk);
  }
  return { sha256: hash.digest('hex'), sizeBytes: file.sizeBytes };
}

export interface ReadingOptions {
  readonly isExecutable: (name: string, stats: Stats) => boolean;
  /** Gets what is in a file that is read in one piece. */
  readonly onWhole: (content: Buffer) => void;
}

/**
 * What `name` is; undefined for what a container can't get: sockets, pipes, what is gone again. Throws OsError
 * `project-invalid` where it is there and can't be read, now or at all.
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
      ...(await hashFile(root, name, stats.size, onWhole)),
    };
  } catch (error) {
    if (isGone(error) || (await statIfPresent(path.resolve(root, name))) === undefined) return undefined;
    // It may have become something else since it was looked at.
    throw error instanceof OsError || errnoOf(error) === undefined ? error : cannotRead(name, error);
  }
}
