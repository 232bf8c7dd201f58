import { OsError } from '../core/errors.ts';

/** True if the engine reports that there is no such object. */
export const isMissing = (error: unknown): boolean =>
  error instanceof OsError && error.code === 'engine-missing';

/** Rejection handler that ignores a missing object. */
export function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
