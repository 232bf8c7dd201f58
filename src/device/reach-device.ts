import { systemClock, type Clock } from '../core/clock.ts';
import { OsError } from '../core/errors.ts';
import { findCandidates, type Candidate, type Lookup } from './candidates.ts';
import { PortFailure, unreachable, type PortAnswer } from './reach.ts';
import type { DeviceTarget } from './target.ts';

/** One try at one address. `accepted` says that something there accepted, so that no other try need start yet. */
export interface Attempt {
  signal: AbortSignal;
  accepted: () => void;
}

export interface ReachOptions<T> {
  target: DeviceTarget;
  lookup: Lookup;
  signal: AbortSignal;
  clock?: Clock;
  /** Connects and makes sure that it is the right device; throws PortFailure where a port did not accept. */
  dial: (candidate: Candidate, attempt: Attempt) => Promise<T>;
  /** Closes what a dial opened too late to win. */
  dispose: (value: T) => Promise<void>;
}

/** The next address is tried when the last one has been silent this long (RFC 8305 §5). */
const staggerMs = 250;

function whyNot(target: DeviceTarget, failures: readonly unknown[]): unknown {
  const telling = failures.find(
    failure => !(failure instanceof PortFailure || failure instanceof AggregateError),
  );
  if (telling !== undefined) return telling;
  const answers = failures.flatMap((failure): PortAnswer[] => {
    const each: unknown[] = failure instanceof AggregateError ? failure.errors : [failure];
    return each.flatMap(one => (one instanceof PortFailure ? [one.answer] : []));
  });
  if (answers.length > 0)
    return unreachable(target.kind === 'address' ? target.address : target.text, answers);
  return new OsError('device-not-found', `no device named ${target.text} answers on this network`, {
    hint: '`os scan` lists the devices that answer; an address works where multicast does not',
  });
}

/**
 * Reaches the device `target` names: remembered addresses are dialled at once while the network is asked; the first dial
 * that succeeds wins, the others are aborted. Throws OsError `device-not-found`, `device-unreachable` (saying what each
 * port said), `device-ambiguous`, or the most telling failure of a dial.
 */
export async function reachDevice<T>(options: ReachOptions<T>): Promise<{ candidate: Candidate; value: T }> {
  const { target, clock = systemClock } = options;
  const controller = new AbortController();
  const signal = AbortSignal.any([options.signal, controller.signal]);
  const waiting: Candidate[] = [];
  const failures: unknown[] = [];
  const tries: Promise<void>[] = [];
  const timers: Promise<void>[] = [];
  let unanswered = 0;
  const outcome: { won?: { candidate: Candidate; value: T } } = {};
  let acceptedBy: Candidate | undefined;
  /** Whether the last address has been silent for so long that another one may be tried beside it. */
  let isDue = true;
  /** Counts the tries: only the timer of the last one says when the next is due. */
  let startCount = 0;

  const tryOne = async (candidate: Candidate): Promise<void> => {
    const accepted = (): void => {
      acceptedBy = candidate;
    };
    try {
      const value = await options.dial(candidate, { signal, accepted });
      if (outcome.won !== undefined) {
        await options.dispose(value);
        return;
      }
      outcome.won = { candidate, value };
      controller.abort();
    } catch (error) {
      if (!signal.aborted) failures.push(error);
      if (acceptedBy === candidate) acceptedBy = undefined;
    } finally {
      unanswered -= 1;
      pump();
    }
  };
  const pump = (): void => {
    if (signal.aborted || acceptedBy !== undefined) return;
    if (unanswered > 0 && !isDue) return;
    const next = waiting.shift();
    if (next === undefined) return;
    unanswered += 1;
    isDue = false;
    startCount += 1;
    const mine = startCount;
    tries.push(tryOne(next));
    // An aborted sleep means that somebody won or gave up.
    timers.push(
      clock.sleep(staggerMs, signal).then(
        () => {
          isDue ||= mine === startCount;
          pump();
        },
        () => undefined,
      ),
    );
  };

  try {
    await findCandidates(target, options.lookup, signal, candidate => {
      waiting.push(candidate);
      pump();
    });
  } catch (error) {
    if (!signal.aborted) {
      controller.abort();
      await Promise.all(tries);
      throw error;
    }
  }
  // Grows while it is walked: each try may start another.
  for (const attempt of tries) await attempt;
  controller.abort();
  await Promise.all(timers);
  if (outcome.won !== undefined) return outcome.won;
  options.signal.throwIfAborted();
  throw whyNot(target, failures);
}
