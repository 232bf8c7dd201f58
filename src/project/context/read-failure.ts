import { errnoOf, messageOf, OsError } from '../../core/errors.ts';

/** Converts a failure to read a file to an error of the project. */
export function cannotRead(name: string, error: unknown): OsError {
  const reasons: Record<string, string> = {
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    ENOENT: 'there is no such file or directory',
    ENOTDIR: 'it is not a directory',
    EISDIR: 'it is a directory',
    ELOOP: 'its symbolic links form a loop',
  };
  const reason = reasons[errnoOf(error) ?? ''] ?? messageOf(error);
  return new OsError('project-invalid', `cannot read ${name}: ${reason}`, {
    hint: 'make it readable, or name it in .dockerignore',
    cause: error,
  });
}

/** Error for a file that changed since it was listed. */
export const changedWhileRead = (name: string, reason: string): OsError =>
  new OsError('project-invalid', `${name} changed while it was being read: ${reason}`, {
    hint: 'run the command again, or name the file in .dockerignore when it changes all the time',
  });
