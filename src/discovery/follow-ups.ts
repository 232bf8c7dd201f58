import type { Question } from './question.ts';
import { isAskable } from './question.ts';
import { followUpPauseMs } from './schedule.ts';

/** So many questions fit a packet whatever the names. */
const batchSize = 5;

/** Remembers how often each open question was asked, so that each is repeated at growing distances. */
export class FollowUps {
  readonly #asked = new Map<string, { count: number; dueMs: number }>();

  /** Those of `open` that are due on interface `name`, in batches that fit a packet. */
  takeDue(name: string, open: readonly Question[], nowMs: number): Question[][] {
    const due = open.filter(
      question => isAskable(question) && this.#take(`${name} ${keyOf(question)}`, nowMs),
    );
    this.#forget(name, new Set(open.map(question => `${name} ${keyOf(question)}`)));
    return Array.from({ length: Math.ceil(due.length / batchSize) }, (_, i) =>
      due.slice(i * batchSize, (i + 1) * batchSize),
    );
  }

  #take(key: string, nowMs: number): boolean {
    const { count, dueMs } = this.#asked.get(key) ?? { count: 0, dueMs: nowMs };
    if (dueMs > nowMs) return false;
    this.#asked.set(key, { count: count + 1, dueMs: nowMs + followUpPauseMs(count) });
    return true;
  }

  #forget(name: string, open: ReadonlySet<string>): void {
    for (const key of this.#asked.keys())
      if (key.startsWith(`${name} `) && !open.has(key)) this.#asked.delete(key);
  }
}

const keyOf = ({ labels, type }: Question): string => `${type} ${labels.join('\0').toLowerCase()}`;
