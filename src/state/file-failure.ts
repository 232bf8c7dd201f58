import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { errnoOf, OsError } from '../core/errors.ts';

const reasons: Partial<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is no directory',
  EEXIST: 'a part of the path is no directory',
  ELOOP: 'it is a link that leads nowhere',
  ENOENT: 'the path leads nowhere',
  ENOSPC: 'no space is left',
  EDQUOT: 'the disk quota is exceeded',
};

/** Returns the errno that prevents creating a file in the nearest existing directory above `file`, if any. */
function errnoAbove(file: string): string | undefined {
  let directory = path.dirname(path.resolve(file));
  while (!existsSync(directory)) directory = path.dirname(directory);
  try {
    accessSync(directory, constants.W_OK);
    return undefined;
  } catch (error) {
    return errnoOf(error);
  }
}

/**
 * Converts a failure to use a file of this program to an OsError `state-unusable` with the cause; returns an error that
 * no system call reported unchanged.
 */
export function explainFileFailure(error: unknown, act: 'read' | 'write', file: string): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  // Node reports ENOENT if it cannot create a directory on a read-only file system.
  const cause = (act === 'write' && errno === 'ENOENT' ? errnoAbove(file) : undefined) ?? errno;
  return new OsError('state-unusable', `cannot ${act} ${file}: ${reasons[cause] ?? cause}`, {
    hint:
      cause === 'ENOSPC' || cause === 'EDQUOT'
        ? 'make space there, or set XDG_STATE_HOME and XDG_CACHE_HOME to directories with more'
        : 'mend that, or set XDG_STATE_HOME and XDG_CACHE_HOME to directories of your own',
    cause: error,
  });
}

/** True for the failure of a file of ours, which is no reason to stop if the file only caches facts. */
export const isFileFailure = (error: unknown): error is OsError =>
  error instanceof OsError && error.code === 'state-unusable';
