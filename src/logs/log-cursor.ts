import type { StampedLine } from './split-lines.ts';

/**
 * Where reading a container's log has come to. Several lines may carry the same time (journald counts microseconds), so
 * the lines of the last instant are counted: a reader that goes on from there drops just those.
 */
export class LogCursor {
  #time = '';
  #count = 0;
  #toSkip = 0;

  /** What to ask the engine for, to go on: it answers from this instant on, inclusive. undefined: nothing was read. */
  resume(): string | undefined {
    this.#toSkip = this.#count;
    return this.#time === '' ? undefined : toUnixTime(this.#time);
  }

  /** Whether `line` is one that was not seen before. */
  accepts({ time }: StampedLine): boolean {
    if (time < this.#time) return false;
    if (time === this.#time) {
      if (this.#toSkip > 0) {
        this.#toSkip -= 1;
        return false;
      }
      this.#count += 1;
      return true;
    }
    this.#time = time;
    this.#count = 1;
    this.#toSkip = 0;
    return true;
  }
}

/** RFC 3339 as seconds since 1970 with the fraction kept, which a number could not hold. */
export function toUnixTime(time: string): string {
  const seconds = Math.floor(Date.parse(time.replace(/\.\d+/, '')) / 1000);
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '0';
  return `${seconds.toString()}.${fraction.padEnd(9, '0').slice(0, 9)}`;
}
