import { OsError } from '../../../core/errors.ts';
import { unlessAborted } from '../../terminal/report-failure.ts';

/** Runs `work`. If Ctrl-C ends it, the OsError `interrupted` carries what `advise` returns as its hint. */
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
    throw new OsError('interrupted', error.message, { hint: advise(), cause: error });
  }
}
