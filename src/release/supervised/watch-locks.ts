/** A supervisor tells only in its stream of logs that it waits for an update lock, at each of its attempts. */
import { systemClock, type Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { SupervisorAccess } from './supervisor-access.ts';

/** An update lock that delays an apply. */
export interface LockWait {
  /** Service that holds the lock; null if the supervisor does not say. */
  readonly holder: string | null;
  /** For a person: who holds it, and how to go on. */
  readonly message: string;
}

export interface LockWatchOptions {
  /** True: the supervisor was told to override locks, and does so a little later. */
  readonly overridesLocks: boolean;
  /** Called once, when the wait begins. */
  readonly onLock: (wait: LockWait) => void;
  readonly signal: AbortSignal;
}

/** The watch of one apply. Disposed when it is over. */
export interface LockWatch extends AsyncDisposable {
  /**
   * Returns OsError `busy` if the supervisor has been waiting for longer than a lock is held for a short work, unless it
   * overrides locks.
   */
  failure(): OsError | undefined;
  /** The last words of the supervisor about a lock. */
  readonly words: () => string | undefined;
}

/** Attempts come after 1, 3, 7 and 15 s. */
const patienceMs = 5000;
const longestWords = 2000;

/** Starts to follow the supervisor's logs; a stream that breaks off ends the watch alone. */
export function openLockWatch(
  { supervisor, lockHolderOf }: Pick<SupervisorAccess, 'supervisor' | 'lockHolderOf'>,
  { overridesLocks, onLock, signal }: LockWatchOptions,
  clock: Pick<Clock, 'nowMs'> = systemClock,
): LockWatch {
  const ended = new AbortController();
  const within = AbortSignal.any([signal, ended.signal]);
  let words: string | undefined;
  let [firstMs, lastMs] = [0, 0];
  const listening = (async () => {
    for await (const { service, text } of supervisor.followLogs(within)) {
      if (service !== undefined || !text.startsWith('Updates are locked')) continue;
      lastMs = clock.nowMs();
      const isFirst = words === undefined;
      words = sanitizeLine(text).slice(0, longestWords);
      if (!isFirst) continue;
      firstMs = lastMs;
      const holder = lockHolderOf(words) ?? null;
      onLock({ holder, message: `${describe(holder, words)}; ${wayRound(overridesLocks)}` });
    }
  })().catch((error: unknown) => {
    if (!(error instanceof OsError) && !within.aborted) throw error;
  });
  listening.catch(() => undefined); // awaited below
  return {
    words: () => words,
    failure() {
      if (words === undefined || overridesLocks || lastMs - firstMs < patienceMs) return undefined;
      return lockFailure(words, lockHolderOf(words) ?? null);
    },
    async [Symbol.asyncDispose]() {
      ended.abort(new Error('the wait is over'));
      await listening;
    },
  };
}

const describe = (holder: string | null, text: string): string =>
  holder === null ? `the supervisor waits: ${text}` : `the supervisor waits: ${holder} holds the update lock`;

const wayRound = (overridesLocks: boolean): string =>
  overridesLocks ? 'it is about to be overridden' : '--force overrides it';

const lockHint = 'the target is posted and applied once the lock is released; --force overrides the lock';

export const lockFailure = (text: string, holder: string | null): OsError =>
  new OsError(
    'busy',
    holder === null
      ? `the supervisor waits: ${text}`
      : `${holder} holds the update lock, so that the supervisor waits`,
    { hint: lockHint },
  );

/** For a target that is posted, where the supervisor names the lock only in its answer `refusal`. */
export const lockRefusal = (refusal: OsError): OsError =>
  new OsError('busy', refusal.message, { hint: lockHint, cause: refusal });
