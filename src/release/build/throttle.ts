import { systemClock, type Clock } from '../../core/clock.ts';

const intervalMs = 200;

/** Lets the first event of each key pass, then one every 200 ms, and every event that is marked as the last. */
export function throttled<E>(
  report: (event: E) => void,
  keyOf: (event: E) => string | undefined,
  clock: Clock = systemClock,
): (event: E, isLast?: boolean) => void {
  const lastMs = new Map<string, number>();
  return (event, isLast = false) => {
    const key = keyOf(event);
    if (key !== undefined && !isLast) {
      const nowMs = clock.nowMs();
      if (nowMs - (lastMs.get(key) ?? -Infinity) < intervalMs) return;
      lastMs.set(key, nowMs);
    }
    report(event);
  };
}
