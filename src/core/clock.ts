import { setTimeout as sleep } from 'node:timers/promises';

/** Time as everything that waits sees it; tests inject a manual one. */
export interface Clock {
  /** Milliseconds on a monotonic scale; only differences mean something. */
  nowMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when `signal` aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await sleep(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};
