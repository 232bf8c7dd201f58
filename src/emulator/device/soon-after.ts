import type { Clock } from '../../core/clock.ts';

export interface GraceOptions {
  readonly graceMs: number;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal: AbortSignal;
}

/** Runs `wait`, and returns false if it is not over `graceMs` after `others`. Throws what `wait` throws by itself. */
export async function isThereSoonAfter(
  others: Promise<unknown>,
  wait: (signal: AbortSignal) => Promise<void>,
  { graceMs, clock, signal }: GraceOptions,
): Promise<boolean> {
  const [late, over] = [new AbortController(), new AbortController()];
  void others
    .then(() => clock.sleep(graceMs, over.signal))
    .then(
      () => late.abort(),
      () => undefined,
    );
  try {
    await wait(AbortSignal.any([signal, late.signal]));
    return true;
  } catch (error) {
    if (signal.aborted || !late.signal.aborted) throw error;
    return false;
  } finally {
    over.abort();
  }
}
