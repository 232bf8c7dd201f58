/** Whether git is at work in a repository: from its lock on the index, which a checkout holds from its first file to its last. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../../core/errors.ts';

/** A lock older than this is of a git that was killed, or takes so long that waiting for it helps nobody. */
const longestMs = 10_000;

/** The file that locks the index of the work tree that `directory` is in; undefined when it is in none. */
export async function findIndexLock(directory: string): Promise<string | undefined> {
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

export async function isLocked(lock: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(lock)).mtimeMs < longestMs;
  } catch {
    return false;
  }
}
