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

/** What the system says of a file of ours as an OsError `state-unusable`; anything else as it is. `act`: read, write. */
export function explainFileFailure(error: unknown, act: 'read' | 'write', file: string): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  return new OsError('state-unusable', `cannot ${act} ${file}: ${reasons[errno] ?? errno}`, {
    hint: 'mend that, or set XDG_STATE_HOME and XDG_CACHE_HOME to directories of your own',
    cause: error,
  });
}

/** Whether a file of ours cannot be used, which is no reason to stop where it is no more than a memory. */
export const isFileFailure = (error: unknown): error is OsError =>
  error instanceof OsError && error.code === 'state-unusable';
