/** Whether git is at work in a repository: from its lock on the index, which a checkout holds from its first file to its last. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { errnoOf } from '../../core/errors.ts';

/** A lock that is there longer than this is of a git that was killed, or takes so long that waiting for it helps nobody. */
const longestMs = 10_000;

/** Tells, whenever it is called, whether git is at work in a work tree of `directories`: not what it began before. */
export async function openGitLocks(
  directories: readonly string[],
  clock: Clock,
): Promise<() => Promise<boolean>> {
  const found = await Promise.all(directories.map(findIndexLock));
  const locks = [...new Set(found.filter(it => it !== undefined))];
  /** Lock → which one it is, and since when it is known. */
  const known = new Map<string, { readonly id: string; readonly sinceMs: number }>();
  const isLocked = async (lock: string, sinceMs: number): Promise<boolean> => {
    const id = await readId(lock);
    if (id === undefined) known.delete(lock);
    else if (known.get(lock)?.id !== id) known.set(lock, { id, sinceMs });
    return clock.nowMs() - (known.get(lock)?.sinceMs ?? -Infinity) < longestMs;
  };
  for (const lock of locks) await isLocked(lock, -Infinity);
  return async () => {
    const held = await Promise.all(locks.map(lock => isLocked(lock, clock.nowMs())));
    return held.includes(true);
  };
}

/** Of the file that is there, until another one is. */
async function readId(file: string): Promise<string | undefined> {
  try {
    const { ino, birthtimeMs } = await stat(file);
    return `${ino.toString()}-${birthtimeMs.toString()}`;
  } catch {
    return undefined;
  }
}

/** The file that locks the index of the work tree that `directory` is in; undefined when it is in none. */
async function findIndexLock(directory: string): Promise<string | undefined> {
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    const git = await readGitDirectory(at);
    if (git !== undefined) return path.join(git, 'index.lock');
    if (at === path.dirname(at)) return undefined;
  }
}

/** `.git` of `directory`: itself, or where it points as a file, as in worktrees and submodules. */
async function readGitDirectory(directory: string): Promise<string | undefined> {
  const git = path.join(directory, '.git');
  try {
    const text = await readFile(git, 'utf8');
    const [, target] = /^gitdir: (.+?)\s*$/.exec(text) ?? [];
    return target === undefined ? undefined : path.resolve(directory, target);
  } catch (error) {
    return errnoOf(error) === 'EISDIR' ? git : undefined;
  }
}
