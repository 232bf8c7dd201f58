import { onAbort } from './on-abort.ts';

/**
 * Returns the outcome of `work`, or throws the reason of `signal` as soon as it aborts. For work that cannot be
 * cancelled: its outcome is ignored from then on, and the caller that started it closes its resources.
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const listening = onAbort(signal, () => reject(signal.reason as Error));
    void work.then(resolve, reject).finally(() => listening[Symbol.dispose]());
  });
}
