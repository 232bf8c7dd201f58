import type { Question } from '../wire/question.ts';
import { isEncodable } from '../wire/question.ts';
import { followUpPauseMs } from './schedule.ts';

/** Number of questions that fit into a packet whatever the names. */
const batchSize = 5;

/** Counts how often each open question was sent, so that each is repeated at growing intervals. */
export class FollowUps {
  readonly #sent = new Map<string, { readonly count: number; readonly dueMs: number }>();

  /** Those of `open` that are due on interface `name`, in batches that fit a packet. */
  takeDue(name: string, open: readonly Question[], nowMs: number): Question[][] {
    const due = open.filter(
      question => isEncodable(question) && this.#take(`${name} ${keyOf(question)}`, nowMs),
    );
    this.#forget(name, new Set(open.map(question => `${name} ${keyOf(question)}`)));
    return Array.from({ length: Math.ceil(due.length / batchSize) }, (_, i) =>
      due.slice(i * batchSize, (i + 1) * batchSize),
    );
  }

  #take(key: string, nowMs: number): boolean {
    const { count, dueMs } = this.#sent.get(key) ?? { count: 0, dueMs: nowMs };
    if (dueMs > nowMs) return false;
    this.#sent.set(key, { count: count + 1, dueMs: nowMs + followUpPauseMs(count) });
    return true;
  }

  #forget(name: string, open: ReadonlySet<string>): void {
    for (const key of this.#sent.keys())
      if (key.startsWith(`${name} `) && !open.has(key)) this.#sent.delete(key);
  }
}

const keyOf = ({ labels, type }: Question): string => `${type} ${labels.join('\0').toLowerCase()}`;
