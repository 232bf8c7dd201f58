import { systemClock, type Clock } from '../core/clock.ts';
import { OsError } from '../core/errors.ts';
import type { Candidate, Lookup } from './candidate.ts';
import { findCandidates } from './find-candidates.ts';
import { PortFailure, type PortAnswer } from '../net/tcp.ts';
import { unreachable } from './unreachable.ts';
import type { DeviceTarget } from './target.ts';

/** One try at one address. */
export interface Attempt {
  readonly signal: AbortSignal;
  /** Says that something there has accepted, so that no other address is tried beside it. */
  readonly accepted: () => void;
}

export interface ReachOptions<T> {
  readonly target: DeviceTarget;
  readonly lookup: Lookup;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Connects and proves that it is the right device; throws PortFailure if a port did not accept. */
  readonly dial: (candidate: Candidate, attempt: Attempt) => Promise<T>;
  /** Closes a connection that was opened too late to win. */
  readonly dispose: (value: T) => Promise<void>;
  /** Returns a hint for the case that no port has accepted; undefined: the common hint. */
  readonly suggest?: (answers: readonly PortAnswer[]) => Promise<string | undefined>;
}

export interface Reached<T> {
  readonly candidate: Candidate;
  readonly value: T;
}

/** The next address is tried when the last one has been silent this long (RFC 8305 §5). */
const staggerMs = 250;

const isPortFailure = (failure: unknown): failure is PortFailure | AggregateError =>
  failure instanceof PortFailure || failure instanceof AggregateError;

const answersOf = (failure: unknown): PortAnswer[] => {
  const each: unknown[] = failure instanceof AggregateError ? failure.errors : [failure];
  return each.flatMap(one => (one instanceof PortFailure ? [one.answer] : []));
};

/**
 * Dials addresses as they become known: the next one when the last has failed or been silent for a while. The first dial
 * that succeeds wins and aborts the others.
 */
class Race<T> {
  readonly #options: ReachOptions<T>;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  readonly #waiting: Candidate[] = [];
  readonly #tries: Promise<void>[] = [];
  readonly #pauses: Promise<void>[] = [];
  #openCount = 0;
  #acceptedBy: Candidate | undefined;
  /** True once the last address has been silent for so long that another one may be tried beside it. */
  #isDue = true;
  readonly failures: unknown[] = [];
  won: Reached<T> | undefined;
  /** Aborts when the race is over, or with the caller's own signal. */
  readonly signal: AbortSignal;

  constructor(options: ReachOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.signal = AbortSignal.any([options.signal, this.#over.signal]);
  }

  enter(candidate: Candidate): void {
    this.#waiting.push(candidate);
    this.#startNext();
  }

  /** Ends the race and waits for pending dials to stop. */
  async end(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#tries);
    await Promise.all(this.#pauses);
  }

  /** Resolves when every address has been dialled to its end. */
  async finish(): Promise<void> {
    // Each try may start another one, so that the list grows while it is walked.
    for (const attempt of this.#tries) await attempt;
    await this.end();
  }

  #startNext(): void {
    if (this.signal.aborted || this.#acceptedBy !== undefined) return;
    if (this.#openCount > 0 && !this.#isDue) return;
    const candidate = this.#waiting.shift();
    if (candidate === undefined) return;
    this.#openCount += 1;
    this.#isDue = false;
    this.#tries.push(this.#try(candidate));
    this.#pauses.push(this.#becomeDue(this.#tries.length));
  }

  /** Lets the next address be tried after a pause, unless a later try than number `tryCount` has its own pause. */
  async #becomeDue(tryCount: number): Promise<void> {
    try {
      await this.#clock.sleep(staggerMs, this.signal);
    } catch (error) {
      if (!this.signal.aborted) throw error;
      return;
    }
    if (tryCount === this.#tries.length) this.#isDue = true;
    this.#startNext();
  }

  async #try(candidate: Candidate): Promise<void> {
    const { dial, dispose } = this.#options;
    const accepted = (): void => {
      this.#acceptedBy = candidate;
    };
    try {
      const value = await dial(candidate, { signal: this.signal, accepted });
      if (this.won !== undefined) {
        await dispose(value);
        return;
      }
      this.won = { candidate, value };
      this.#over.abort();
    } catch (error) {
      if (!this.signal.aborted) this.failures.push(error);
      if (this.#acceptedBy === candidate) this.#acceptedBy = undefined;
    } finally {
      this.#openCount -= 1;
      this.#startNext();
    }
  }
}

/** Returns the most informative of the failures. */
async function explainFailure<T>(
  { target, suggest }: ReachOptions<T>,
  failures: readonly unknown[],
  reasons: readonly OsError[],
): Promise<unknown> {
  const telling = failures.find(failure => !isPortFailure(failure));
  if (telling !== undefined) return telling;
  const answers = failures.flatMap(answersOf);
  if (answers.length > 0) {
    const name = target.kind === 'address' ? target.address : target.text;
    return unreachable(name, answers, await suggest?.(answers));
  }
  return (
    reasons[0] ??
    new OsError('device-not-found', `no device named ${target.text} answers on this network`, {
      hint: '`os scan` lists the devices that answer; an address works where multicast does not',
    })
  );
}

/**
 * Reaches the device `target` names: dials remembered addresses immediately while the network is queried; the first
 * dial that succeeds wins, the others are aborted. Throws OsError `device-not-found`, `device-unreachable` (with each
 * port's answer), `device-ambiguous`, or the most specific failure of a dial.
 */
export async function reachDevice<T>(options: ReachOptions<T>): Promise<Reached<T>> {
  const race = new Race(options);
  const reasons: OsError[] = [];
  try {
    await findCandidates(options.target, options.lookup, race.signal, {
      take: candidate => race.enter(candidate),
      explain: reason => reasons.push(reason),
    });
  } catch (error) {
    if (!race.signal.aborted) {
      await race.end();
      throw error;
    }
  }
  await race.finish();
  if (race.won !== undefined) return race.won;
  options.signal.throwIfAborted();
  throw await explainFailure(options, race.failures, reasons);
}
