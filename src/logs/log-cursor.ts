import type { StampedLine } from './split-lines.ts';

const keyOf = ({ stream, text }: StampedLine): string => `${stream} ${text}`;

/** True for a time in nanoseconds, which no two lines share: the log files of the engine have these, journald microseconds. */
const isUnique = (time: string): boolean => /\.\d{6}(?!000)\d{3}/.test(time);

/**
 * The position of a reader in a container's log. Order decides what is new; times only say where to resume, since a
 * device's clock may be set back. Several lines may carry one time (journald counts microseconds), and be equal too.
 */
export class LogCursor {
  #last: StampedLine | undefined;
  /** Occurrences of each line in the run of lines that carry the last one's time. */
  #instant = new Map<string, number>();
  /** The latest time of any line so far; later than the last line's if the clock was set back. */
  #latest = '';
  /** The number of lines equal to the last one that a resumed answer has yet to repeat; 0: every line is new. */
  #toRepeat = 0;

  get hasRead(): boolean {
    return this.#last !== undefined;
  }

  /** Returns true if `line` is the last one that was read. */
  isLast(line: StampedLine): boolean {
    return line.time === this.#last?.time && keyOf(line) === keyOf(this.#last);
  }

  /**
   * The instant to resume from, which the engine includes in its answer; undefined: from the beginning of the log. `now`
   * is the device's clock: set back to before the last line, it gives new lines times that the engine would leave out.
   * Lines are missed only if the clock was set back and has caught up again between two reads.
   */
  resume(now?: string): string | undefined {
    const last = this.#last;
    if (last === undefined) return undefined;
    this.#toRepeat = this.#instant.get(keyOf(last)) ?? 0;
    const resumed = toUnixTime(last.time);
    return now !== undefined && Number(toUnixTime(now)) < Number(resumed) ? undefined : resumed;
  }

  /** Returns true if `line` was not read before. */
  accepts(line: StampedLine): boolean {
    const last = this.#last;
    if (this.#toRepeat > 0) {
      if (this.isLast(line)) {
        this.#toRepeat -= 1;
        return false;
      }
      if (line.time <= this.#latest) return false;
      this.#toRepeat = 0;
    }
    // An engine that follows a log file gives the last line before a rotation again.
    if (isUnique(line.time) && this.isLast(line)) return false;
    if (line.time !== last?.time) this.#instant.clear();
    this.#instant.set(keyOf(line), (this.#instant.get(keyOf(line)) ?? 0) + 1);
    this.#last = line;
    if (line.time > this.#latest) this.#latest = line.time;
    return true;
  }
}

/** RFC 3339 as seconds since 1970 with all digits of the fraction, which a number could not hold. */
export function toUnixTime(time: string): string {
  const seconds = Math.floor(Date.parse(time.replace(/\.\d+/, '')) / 1000);
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '0';
  return `${seconds.toString()}.${fraction.padEnd(9, '0').slice(0, 9)}`;
}
