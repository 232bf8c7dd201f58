import { OsError } from '../core/errors.ts';
import type { Output } from '../ui/output.ts';
import { unlessAborted } from './report-failure.ts';

/** Runs `work`; where Ctrl-C ends it, `advise` says what that means. */
export async function withAdvice<T>(
  { output, signal }: { output: Output; signal: AbortSignal },
  advise: () => string,
  work: () => Promise<T>,
): Promise<T> {
  // The terminal has put ^C where the next line begins.
  const eraseEcho = (): void => {
    if (output.isTalkTty) output.talk('\r\x1b[K');
  };
  signal.addEventListener('abort', eraseEcho, { once: true });
  try {
    return await work();
  } catch (thrown) {
    const error = unlessAborted(thrown, signal);
    if (!(error instanceof OsError) || error.code !== 'interrupted') throw error;
    throw new OsError('interrupted', error.message, { hint: advise() });
  } finally {
    signal.removeEventListener('abort', eraseEcho);
  }
}
