import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Repeats `attempt` until it does not throw; throws what it threw last when `limitMs` is over. A costly attempt is repeated
 * less often: what is waited for needs the processor too.
 */
export async function eventually<T>(attempt: () => Promise<T> | T, limitMs = 60_000): Promise<T> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    const startedMs = performance.now();
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await sleep(Math.min(1000, Math.max(100, 2 * (performance.now() - startedMs))));
    }
  }
}
