import { onAbort } from '../core/on-abort.ts';

/** Milliseconds that clean-up after an interruption gets, all of it together. */
const graceMs = 5000;

/**
 * Returns a signal that aborts some time after `ending` does, with the same reason: for requests that have to be made after
 * an interruption too, such as the removal of a container, and whose answer may never come. Undefined without `ending`.
 */
export function openGrace(ending: AbortSignal | undefined): AbortSignal | undefined {
  if (ending === undefined) return undefined;
  const end = new AbortController();
  onAbort(ending, () => {
    setTimeout(() => end.abort(ending.reason), graceMs).unref();
  });
  return end.signal;
}
