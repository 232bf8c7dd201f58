/**
 * A change that affects a device's reachability: kept once the device was reached again, else undone by the device
 * itself.
 */
import type { Clock } from '../../core/clock.ts';
import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
import type { HostAccess } from '../host-access.ts';
import type { HostCommands } from '../host-commands.ts';
import { armUndo, confirmChange, undoNow } from './arm-undo.ts';
import type { UndoPlan } from './undo-plan.ts';

export interface GuardDependencies {
  readonly clock: Clock;
  /** The connection before the change. */
  readonly commands: HostCommands;
  /** Reaches the device again at one of its places: an address or a name. Throws OsErrors. */
  readonly reopen: (place: string, signal: AbortSignal) => Promise<HostAccess>;
  readonly report: (event: GuardEvent) => void;
  readonly signal: AbortSignal;
}

export type GuardEvent =
  | { readonly type: 'armed'; readonly afterS: number }
  | { readonly type: 'unreachable'; readonly undoneInS: number }
  /** The change failed half-way, and was taken back; `failed`: not all of it; `pending`: that is still to come. */
  | { readonly type: 'undone' | 'failed' }
  | { readonly type: 'pending'; readonly undoneInS: number };

export interface GuardedChange {
  readonly plan: UndoPlan;
  /** Addresses at which the device may be found after the change; each is tried in turn. */
  readonly places: readonly string[];
  /** Makes the change. Losing the connection is expected. */
  readonly apply: () => Promise<void>;
  /** True if the device holds a part of the change; asked where `apply` has failed. */
  readonly isWritten: () => boolean;
  /** True once the change has taken effect on the device. */
  readonly isApplied: (commands: HostCommands, signal: AbortSignal) => Promise<boolean>;
}

/** Confirming has to be over before the undo begins. */
const marginS = 4;
const attemptMs = 5000;
const pauseMs = 300;

/** True for an error of a connection that is gone, which says nothing about the change. */
export const isLoss = (error: unknown): boolean =>
  error instanceof OsError &&
  ['connection-lost', 'device-unreachable', 'device-not-found'].includes(error.code);

/** Tries one place: true once the change is confirmed over a new connection, false if it is not reached (yet). */
async function tryPlace(
  place: string,
  { plan, isApplied }: GuardedChange,
  { reopen }: GuardDependencies,
  signal: AbortSignal,
): Promise<boolean> {
  using deadline = openDeadline(signal, attemptMs);
  try {
    await using access = await reopen(place, deadline.signal);
    if (!(await isApplied(access.commands, deadline.signal))) return false;
    return await confirmChange(access.commands, plan.id, deadline.signal);
  } catch (error) {
    if (deadline.signal.aborted || isLoss(error) || isRefusal(error)) return false;
    throw error;
  }
}

/** Tries all places at once; the first that leads to the device counts. */
async function tryPlaces(
  change: GuardedChange,
  dependencies: GuardDependencies,
): Promise<string | undefined> {
  const stop = new AbortController();
  const signal = AbortSignal.any([dependencies.signal, stop.signal]);
  let reached: string | undefined;
  await Promise.all(
    change.places.map(async place => {
      if (!(await tryPlace(place, change, dependencies, signal))) return;
      reached ??= place;
      stop.abort();
    }),
  );
  dependencies.signal.throwIfAborted();
  return reached;
}

/** A device that refuses to log us in is not reached; the undo then lets us in again. */
const isRefusal = (error: unknown): boolean =>
  error instanceof OsError && ['auth-refused', 'host-key-changed'].includes(error.code);

const undone = (plan: UndoPlan): OsError =>
  new OsError(
    'connection-lost',
    `the device was not reached within ${plan.afterS.toString()} s of the change, and has undone it by itself`,
    { hint: 'everything is as before; --undo-after gives it more time' },
  );

/** Takes back what there is of a change that has failed by itself. Without a connection the armed undo does that. */
async function takeBack(
  { plan, isWritten }: GuardedChange,
  { clock, commands, report, signal }: GuardDependencies,
  armedMs: number,
): Promise<void> {
  signal.throwIfAborted();
  try {
    if (!isWritten()) {
      await confirmChange(commands, plan.id, signal);
      return;
    }
    const outcome = await undoNow(commands, plan.id, signal);
    if (outcome !== 'pending') {
      report({ type: outcome });
      return;
    }
  } catch (error) {
    if (!isLoss(error)) throw error;
  }
  const leftMs = armedMs + plan.afterS * 1000 - clock.nowMs();
  report({ type: 'pending', undoneInS: Math.max(0, Math.ceil(leftMs / 1000)) });
}

/**
 * Arms the undo, makes the change, and confirms it over a new connection; returns the place at which the device was
 * reached. Throws OsError `connection-lost` if the device has undone the change. If the change itself fails, throws that
 * failure once the device has undone what was written.
 */
export async function guardChange(change: GuardedChange, dependencies: GuardDependencies): Promise<string> {
  const { clock, commands, report, signal } = dependencies;
  const { plan } = change;
  await armUndo(commands, plan, signal);
  const armedMs = clock.nowMs();
  report({ type: 'armed', afterS: plan.afterS });
  try {
    await change.apply();
  } catch (error) {
    if (!isLoss(error)) {
      await takeBack(change, dependencies, armedMs);
      throw error;
    }
  }
  const untilMs = armedMs + (plan.afterS - marginS) * 1000;
  while (clock.nowMs() < untilMs) {
    const reached = await tryPlaces(change, dependencies);
    if (reached !== undefined) return reached;
    await clock.sleep(pauseMs, signal);
  }
  report({ type: 'unreachable', undoneInS: marginS });
  await clock.sleep(Math.max(0, armedMs + plan.afterS * 1000 - clock.nowMs()), signal);
  throw undone(plan);
}
