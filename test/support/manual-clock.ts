import type { Clock } from '../../src/core/clock.ts';

/** Time that passes only when a test says so. */
export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #sleepers = new Set<{ dueMs: number; wake: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason as Error);
      };
      const sleeper = {
        dueMs: this.#nowMs + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Lets `ms` pass, waking sleepers in order; each gets to run before the next wakes. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      await new Promise(setImmediate);
      const [next] = [...this.#sleepers].sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined || next.dueMs > endMs) break;
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.wake();
    }
    this.#nowMs = endMs;
    await new Promise(setImmediate);
  }

  /** Lets time pass until `attempt` does not throw; throws what it threw last once a minute has passed. */
  async until<T>(attempt: () => T): Promise<T> {
    const endMs = this.#nowMs + 60_000;
    for (;;) {
      try {
        return attempt();
      } catch (error) {
        if (this.#nowMs >= endMs) throw error;
      }
      await this.advance(10);
    }
  }

  /** Lets time pass until `work` settles, and returns its outcome. Never ends if `work` waits for anything else. */
  async passUntil<T>(work: Promise<T>, stepMs = 50): Promise<T> {
    const state = { isSettled: false };
    const settle = (): void => {
      state.isSettled = true;
    };
    work.then(settle, settle);
    while (!state.isSettled) await this.advance(stepMs);
    return work;
  }
}
