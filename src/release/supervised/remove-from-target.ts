/** Removes a project from the target of a supervisor, which then removes its containers. */
import { systemClock, type Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import { composeLabels } from '../desired/labels.ts';
import type { TargetChange } from '../../supervisor/target/write-target.ts';
import { unlessGone } from '../lease/holder.ts';
import { isSupervised } from '../running/supervisor.ts';
import { openOverrideRecord } from './override-record.ts';
import { postTarget, type PostOptions } from './post-target.ts';
import type { SupervisorAccess } from './supervisor-access.ts';
import { lockFailure, lockRefusal, openLockWatch, type LockWait, type LockWatch } from './watch-locks.ts';

export type LockingAccess = Pick<SupervisorAccess, 'supervisor' | 'lockHolderOf'>;

/** Time for a supervisor to remove containers, beyond the time that they take to end. */
const goneMs = 60_000;
/** Time for it to report the target as applied, once the last container is gone. */
const settledMs = 10_000;

export interface RemoveOptions extends PostOptions {
  /** Called once, when the supervisor begins to wait for an update lock. */
  readonly onLock: (wait: LockWait) => void;
  /** The id of the project's app; that of its containers goes too. */
  readonly appId: number;
  /** How long it may wait before it applies a target, where its wait is not to be ended. Default: 0, and its wait is ended. */
  readonly waitMs?: number | undefined;
  /** Called with the containers that are there still, again and again; what it throws ends the wait. */
  readonly onLeft?: ((containers: readonly ContainerSummary[]) => void) | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

type Removal = () => Pick<TargetChange, 'apps' | 'replaced'>;

async function removalOf(
  engine: Pick<Engine, 'listContainers'>,
  project: string,
  { appId, signal }: Pick<RemoveOptions, 'appId' | 'signal'>,
): Promise<Removal> {
  const containers = await engine.listContainers({ [composeLabels.project]: project }, signal);
  const ids = containers.filter(isSupervised).flatMap(({ labels }) => labels['io.balena.app-id'] ?? []);
  return () => ({ apps: new Map(), replaced: new Set([appId.toString(), ...ids]) });
}

/** Throws what `removeFromTarget` would throw before it changes anything. */
export async function checkRemoval(
  engine: Pick<Engine, 'listContainers'>,
  project: string,
  { supervisor }: Pick<LockingAccess, 'supervisor'>,
  options: Pick<RemoveOptions, 'appId' | 'signal'>,
): Promise<void> {
  const change = await removalOf(engine, project, options);
  await supervisor.checkTarget(() => ({ ...change(), isForced: false }), options.signal);
}

/**
 * Posts a target without the project, and waits until its containers are gone. Throws OsError `usage`, `service-failed`, and
 * `busy` where an update lock is held for that long.
 */
export async function removeFromTarget(
  engine: Pick<Engine, 'createVolume' | 'findVolume' | 'getContainer' | 'listContainers' | 'removeVolume'>,
  project: string,
  access: LockingAccess,
  options: RemoveOptions,
): Promise<void> {
  const { signal, overridesLocks, onLock, onLeft, waitMs = 0, clock = systemClock } = options;
  const list = (): Promise<readonly ContainerSummary[]> =>
    engine.listContainers({ [composeLabels.project]: project }, signal);
  const change = await removalOf(engine, project, options);
  const limitMs = goneMs + waitMs + (await longestStopMs(engine, await list(), signal));
  const told = { isLocked: false };
  const tellOnce = (wait: LockWait): void => {
    if (!told.isLocked) onLock(wait);
    told.isLocked = true;
  };
  await using locks = openLockWatch(access, { overridesLocks, onLock: tellOnce, signal });
  const { supervisor } = access;
  const wait = { limitMs, onLeft, clock, signal };
  const isWaiting = waitMs === 0 && (await supervisor.hasFailedUpdate(signal));
  const place = { supervisor, record: openOverrideRecord(engine) };
  await postTarget(place, change, options, async () => {
    const held = isWaiting ? await endWait(supervisor, change().replaced, options) : undefined;
    if (held !== undefined) tellOnce({ holder: null, message: `${held.message}; --force overrides it` });
    await untilGone(list, locks, access, { ...wait, held });
  }).catch(async (error: unknown) => {
    if (!(error instanceof OsError) || error.code !== 'usage') throw error;
    if (!(await isTold(supervisor, change().replaced, signal))) throw error;
    await untilGone(list, locks, access, wait);
  });
}

/** True if the target, which has apps of others that could not be sent back, has none of `ids` any more: others have replaced it. */
async function isTold(
  supervisor: Pick<LockingAccess['supervisor'], 'readTarget'>,
  ids: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<boolean> {
  const { apps } = await supervisor.readTarget(signal);
  return ![...ids].some(id => apps.has(id));
}

/**
 * Ends the wait of a supervisor that fails to apply its last target, which may take minutes: it makes the containers of `apps` again
 * first. Where it has no such app, it is left to its wait, and also where a lock forbids that: the refusal is returned, as it may
 * say nothing of the lock until its next attempt.
 */
export async function endWait(
  supervisor: Pick<LockingAccess['supervisor'], 'restartApp'>,
  apps: ReadonlySet<string>,
  { overridesLocks, onWarning, signal }: Pick<RemoveOptions, 'overridesLocks' | 'onWarning' | 'signal'>,
): Promise<OsError | undefined> {
  let held: OsError | undefined;
  let isEnded = false;
  for (const id of apps)
    try {
      await supervisor.restartApp(Number(id), { signal, isForced: overridesLocks });
      isEnded = true;
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      if (error.code === 'busy') held = error;
      else if (error.code !== 'supervisor-refused') throw error;
    }
  onWarning(
    `the supervisor was failing to apply its last target; ${isEnded ? 'its wait is ended' : 'its wait goes on'}`,
  );
  return held;
}

/** The longest time that one of the containers may take to end. */
async function longestStopMs(
  engine: Pick<Engine, 'getContainer'>,
  containers: readonly ContainerSummary[],
  signal: AbortSignal,
): Promise<number> {
  const details = await Promise.all(
    containers.filter(isSupervised).map(({ id }) => engine.getContainer(id, signal).catch(unlessGone)),
  );
  return Math.max(0, ...details.map(it => it?.stopTimeoutS ?? 0)) * 1000;
}

interface WaitOptions extends Pick<RemoveOptions, 'onLeft' | 'signal'> {
  readonly limitMs: number;
  /** The refusal by a lock with which the supervisor answered before. */
  readonly held?: OsError | undefined;
  readonly clock: Clock;
}

/**
 * Waits out a lock: the target is posted, and a command that has ended would leave the project running until the lock is
 * released. Without containers it waits until the target is applied: a supervisor that is still applying the one before creates
 * containers and volumes.
 */
async function untilGone(
  list: () => Promise<readonly ContainerSummary[]>,
  locks: LockWatch,
  { supervisor, lockHolderOf }: LockingAccess,
  { limitMs, onLeft, held, clock, signal }: WaitOptions,
): Promise<void> {
  const deadlineMs = clock.nowMs() + limitMs;
  let goneAtMs: number | undefined;
  for (;;) {
    const left = (await list()).filter(isSupervised);
    onLeft?.(left);
    goneAtMs = left.length === 0 ? (goneAtMs ?? clock.nowMs()) : undefined;
    if (
      goneAtMs !== undefined &&
      (clock.nowMs() - goneAtMs >= settledMs || (await hasApplied(supervisor, signal)))
    )
      return;
    if (left.length > 0 && clock.nowMs() > deadlineMs) {
      const words = locks.words();
      if (words !== undefined) throw lockFailure(words, lockHolderOf(words) ?? null);
      if (held !== undefined) throw lockRefusal(held);
      throw new OsError(
        'service-failed',
        `the supervisor has not removed ${left.map(({ name }) => name).join(', ')} in ${(limitMs / 1000).toString()} s`,
        { hint: 'its own log may tell: os services DEVICE supervisor --logs' },
      );
    }
    await clock.sleep(200, signal);
  }
}

/** False also for a supervisor that does not answer: it may be starting, and then applies the target. */
async function hasApplied(
  supervisor: Pick<LockingAccess['supervisor'], 'readApplyState'>,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return !(await supervisor.readApplyState(signal)).isApplying;
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    return false;
  }
}
