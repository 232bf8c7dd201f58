/** Collects changed paths in batches. A batch closes when no event has come for a while, or when it has been open long enough. */
import type { Clock } from '../../core/clock.ts';
import { Notifier } from './notifier.ts';

export interface BatchTimes {
  /** A batch closes after this time without an event. */
  readonly quietMs: number;
  /** A batch closes after this time even if events keep coming. */
  readonly capMs: number;
  /** The same two limits for a large batch, which is a checkout rather than an edit. */
  readonly largeQuietMs: number;
  readonly largeCapMs: number;
  /** Interval at which `isHeld` is asked again while a batch is held open. */
  readonly heldMs: number;
}

export const batchTimes: BatchTimes = {
  quietMs: 15,
  capMs: 120,
  largeQuietMs: 50,
  largeCapMs: 1000,
  heldMs: 30,
};

/** A batch with more paths than this comes from a checkout, a moved tree or an archive, and is worth the wait for the rest. */
const largeCount = 200;

export interface Batch<T> {
  readonly items: ReadonlySet<T>;
  /** Time of its first event. */
  readonly startedMs: number;
}

export interface BatcherOptions {
  readonly clock: Clock;
  readonly times?: BatchTimes;
  /** True while more events are sure to come: the batch stays open. Must become false after a limited time. */
  readonly isHeld?: () => Promise<boolean>;
}

export class Batcher<T> {
  readonly #clock: Clock;
  readonly #times: BatchTimes;
  readonly #isHeld: () => Promise<boolean>;
  #items = new Set<T>();
  #startedMs = 0;
  #lastMs = 0;
  readonly #notifier = new Notifier();

  constructor({ clock, times = batchTimes, isHeld = () => Promise.resolve(false) }: BatcherOptions) {
    this.#clock = clock;
    this.#times = times;
    this.#isHeld = isHeld;
  }

  get isEmpty(): boolean {
    return this.#items.size === 0;
  }

  has(item: T): boolean {
    return this.#items.has(item);
  }

  add(item: T): void {
    this.#lastMs = this.#clock.nowMs();
    if (this.isEmpty) this.#startedMs = this.#lastMs;
    this.#items.add(item);
    this.#notifier.notify();
  }

  /** Resolves with the next closed batch. Takes one caller at a time. Throws the signal's reason. */
  async next(signal: AbortSignal): Promise<Batch<T>> {
    while (this.isEmpty) await this.#notifier.wait(signal);
    await this.#settle(signal);
    if (await this.#isHeld()) {
      do await this.#clock.sleep(this.#times.heldMs, signal);
      while (await this.#isHeld());
      // The system may still hold back the last events.
      await this.#clock.sleep(this.#times.quietMs, signal);
    }
    const batch = { items: this.#items, startedMs: this.#startedMs };
    this.#items = new Set();
    return batch;
  }

  async #settle(signal: AbortSignal): Promise<void> {
    for (;;) {
      const nowMs = this.#clock.nowMs();
      const isLarge = this.#items.size > largeCount;
      const { quietMs, capMs, largeQuietMs, largeCapMs } = this.#times;
      const quietAtMs = this.#lastMs + (isLarge ? largeQuietMs : quietMs);
      const dueMs = Math.min(quietAtMs, this.#startedMs + (isLarge ? largeCapMs : capMs));
      if (nowMs >= dueMs) return;
      await this.#clock.sleep(dueMs - nowMs, signal);
    }
  }
}
