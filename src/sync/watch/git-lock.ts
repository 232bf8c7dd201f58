/** Finds out if git is at work in a repository, by its lock on the index: a checkout holds it from the first file to the last. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { errnoOf } from '../../core/errors.ts';

/** A lock older than this was left by a git that was killed, or by one that is too slow to wait for. */
const longestMs = 10_000;

/** Returns a function that tells if git is at work in a work tree of `directories`. Work begun before this call does not count. */
export async function openGitLocks(
  directories: readonly string[],
  clock: Clock,
): Promise<() => Promise<boolean>> {
  const found = await Promise.all(directories.map(findIndexLock));
  const locks = [...new Set(found.filter(it => it !== undefined))];
  /** Lock → its identity, and the time when it was first seen. */
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

/** Returns an identity of the file at this path, which another file does not have; undefined if there is none. */
async function readId(file: string): Promise<string | undefined> {
  try {
    const { ino, birthtimeMs } = await stat(file);
    return `${ino.toString()}-${birthtimeMs.toString()}`;
  } catch {
    return undefined;
  }
}

/** Returns the name of the index lock of the work tree that holds `directory`; undefined outside of a work tree. */
async function findIndexLock(directory: string): Promise<string | undefined> {
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    const git = await readGitDirectory(at);
    if (git !== undefined) return path.join(git, 'index.lock');
    if (at === path.dirname(at)) return undefined;
  }
}

/** Returns the git directory of `directory`. In worktrees and submodules `.git` is a file that points to it. */
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
