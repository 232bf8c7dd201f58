import { setTimeout as sleep } from 'node:timers/promises';

/** Repeats `attempt` until it does not throw; throws what it threw last when `limitMs` is over. */
export async function eventually<T>(attempt: () => Promise<T> | T, limitMs = 20_000): Promise<T> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await sleep(100);
    }
  }
}
