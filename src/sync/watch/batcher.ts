/** Paths that changed, in batches: a batch is closed when nothing has come for a while, or when it has waited enough. */
import type { Clock } from '../../core/clock.ts';
import { Bell } from './bell.ts';

export interface BatchTimes {
  /** Nothing for so long closes a batch. */
  readonly quietMs: number;
  /** A batch is open no longer than this while events keep coming. */
  readonly capMs: number;
  /** The same for a large batch, which is a checkout rather than an edit. */
  readonly largeQuietMs: number;
  readonly largeCapMs: number;
  /** Between two looks at whether a held batch may go. */
  readonly heldMs: number;
}

export const batchTimes: BatchTimes = {
  ...{ quietMs: 15, capMs: 120 },
  ...{ largeQuietMs: 50, largeCapMs: 1000, heldMs: 30 },
};

/** More paths than this are a checkout, a rename of a tree, an unpacked archive: worth waiting for the rest of it. */
const largeCount = 200;

export interface Batch<T> {
  readonly items: ReadonlySet<T>;
  /** When its first event came. */
  readonly startedMs: number;
}

export interface BatcherOptions {
  readonly clock: Clock;
  readonly times?: BatchTimes;
  /** Whether more is sure to come: a batch stays open. To be true for a limited time only. */
  readonly isHeld?: () => Promise<boolean>;
}

export class Batcher<T> {
  readonly #clock: Clock;
  readonly #times: BatchTimes;
  readonly #isHeld: () => Promise<boolean>;
  #items = new Set<T>();
  #startedMs = 0;
  #lastMs = 0;
  readonly #bell = new Bell();

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
    this.#bell.ring();
  }

  /** The next batch, once it is closed. One caller at a time. Throws the signal's reason. */
  async next(signal: AbortSignal): Promise<Batch<T>> {
    while (this.isEmpty) await this.#bell.wait(signal);
    await this.#settle(signal);
    if (await this.#isHeld()) {
      do await this.#clock.sleep(this.#times.heldMs, signal);
      while (await this.#isHeld());
      // What came last may not have been told yet.
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
