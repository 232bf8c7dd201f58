/** A signal with an end in time. Dispose it when the work is over. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * A signal that aborts when `signal` does, or after `ms` with a `TimeoutError`. In place of
 * `AbortSignal.any([signal, AbortSignal.timeout(ms)])`, which Node 20 may collect as garbage and then never fires.
 */
export function openDeadline(signal: AbortSignal, ms: number): Deadline {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(new DOMException('the time is over', 'TimeoutError')), ms);
  return {
    signal: AbortSignal.any([signal, end.signal]),
    [Symbol.dispose]() {
      clearTimeout(timer);
    },
  };
}
