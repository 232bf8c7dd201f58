import { OsError } from '../core/errors.ts';

/** Whether the engine says that there is no such object. */
export const isMissing = (error: unknown): boolean =>
  error instanceof OsError && error.code === 'engine-missing';

/** For the end of a promise: what is not there is no failure. */
export function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
