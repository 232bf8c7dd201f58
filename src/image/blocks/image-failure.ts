import { errnoOf, OsError, type ErrorCode } from '../../core/errors.ts';

const reasons: Partial<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ['usage', 'there is no such file'],
  ENOTDIR: ['usage', 'there is no such file'],
  EACCES: ['host-unsuitable', 'permission denied'],
  EPERM: ['host-unsuitable', 'not permitted'],
  EROFS: ['host-unsuitable', 'it is read-only'],
  EBUSY: ['busy', 'it is in use: mounted, or held by another program'],
  EISDIR: ['usage', 'it is a directory'],
  ENOSPC: ['no-space', 'no space is left'],
  EDQUOT: ['no-space', 'the disk quota is exceeded'],
  EFBIG: ['no-space', 'the file system cannot hold a file of that size'],
  ENXIO: ['drive-failed', 'the drive was removed'],
  ENODEV: ['drive-failed', 'the drive was removed'],
  ENOMEDIUM: ['drive-failed', 'there is no card in it'],
  EIO: ['drive-failed', 'the drive reports an I/O error'],
};

/** A system error about an image file or a drive as an OsError; anything else unchanged. */
export function explainImageFailure(error: unknown, act: 'read' | 'write', path: string): unknown {
  const errno = errnoOf(error);
  if (errno === undefined || error instanceof OsError) return error;
  const [code, reason] = reasons[errno] ?? (['drive-failed', errno] as const);
  return new OsError(code, `cannot ${act} ${path}: ${reason}`, { cause: error });
}
