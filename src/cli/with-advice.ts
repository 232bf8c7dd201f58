import { OsError } from '../core/errors.ts';
import { unlessAborted } from './report-failure.ts';

/** Runs `work`; where Ctrl-C ends it, `advise` says what that means. */
export async function withAdvice<T>(
  signal: AbortSignal,
  advise: () => string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const error = unlessAborted(thrown, signal);
    if (!(error instanceof OsError) || error.code !== 'interrupted') throw error;
    throw new OsError('interrupted', error.message, { hint: advise() });
  }
}
