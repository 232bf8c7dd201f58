/** Moves a project between the engine and the supervisor, or leaves it where it was. */
import { systemClock, type Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import type { CurrentTarget } from '../../supervisor/target/target-state.ts';
import type { TargetChange } from '../../supervisor/target/write-target.ts';
import type { PushEvent, Report } from '../apply/events.ts';
import { composeLabels, ourLabels } from '../desired/labels.ts';
import { takeDown } from '../running/control.ts';
import { isTimeout, startAgain } from '../running/start-again.ts';
import {
  checkNotStarted,
  checkStopped,
  readStarts,
  type CopiedVolumes,
  type Starts,
} from '../running/started-meanwhile.ts';
import { removeCopies } from './copy-marks.ts';
import { copyVolumes } from './copy-volumes.ts';
import { postAgain, type FormerApp } from './former-app.ts';
import { nameOf, pairText, type Move } from './move-runner.ts';
import type { PostOptions } from '../supervised/post-target.ts';
import {
  checkRemoval,
  endWait,
  removeFromTarget,
  type LockingAccess,
  type RemoveOptions,
} from '../supervised/remove-from-target.ts';

export interface MoveOptions extends PostOptions, Pick<RemoveOptions, 'appId'> {
  readonly report: Report<PushEvent>;
  /** The app that is posted again if the project cannot be ended under the supervisor. */
  readonly former?: FormerApp | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * Copies the volumes of a project, whose services are stopped for that, and ends it where it runs, so that the two never fight
 * over it. The old volumes stay. If that fails, the project is left where it was: the copies are removed and the services are
 * started again. Where it is gone from there all the same, the copies stay, and a warning says how to go on.
 */
export async function moveProject(
  engine: Engine,
  move: Move,
  access: LockingAccess,
  options: MoveOptions,
): Promise<void> {
  const { project, image, copies } = move;
  const { signal, report } = options;
  if (move.from === 'supervisor') await checkRemoval(engine, project, access, options);
  const renewedMs = await renewAttempts(engine, move, access, options);
  const all = await engine.listContainers({ [composeLabels.project]: project }, signal);
  // One that is between two starts writes to its volumes as well.
  const writing = all.filter(
    ({ labels, state }) =>
      labels[ourLabels.made] !== undefined && (state === 'running' || state === 'restarting'),
  );
  const stopped = copies.length === 0 ? [] : writing;
  for (const text of await describeSharers(engine, move, writing, signal)) options.onWarning(text);
  const copied: CopiedVolumes = { project, volumes: copies.map(({ from }) => from) };
  let starts: Starts;
  try {
    for (const { id } of stopped) await engine.stopContainer(id, { signal });
    starts = await readStarts(engine, copied, signal);
    await copyVolumes(engine, copies, { project, to: move.to, image, report, signal });
  } catch (error) {
    await startAgain(engine, stopped, move, options);
    throw error;
  }
  const told = { isPosted: false };
  const onPosted = (): void => {
    told.isPosted = true;
  };
  try {
    const { clock = systemClock } = options;
    const waitMs = renewedMs === undefined ? undefined : clock.nowMs() - renewedMs;
    const checkStarts = (): Promise<void> => checkNotStarted(engine, copied, starts, signal);
    await leaveRunner(engine, move, access, { ...options, onPosted, waitMs, copied, checkStarts });
  } catch (error) {
    // A supervisor that was given a project may have no container of it yet.
    const wasThere = all.length > 0 || told.isPosted;
    const lost = wasThere
      ? await findLoss(engine, move, access, told.isPosted ? options : undefined)
      : undefined;
    if (lost !== undefined) {
      options.onWarning(lossText(move, lost, engine.where));
      throw error;
    }
    await removeCopies(engine, copies).catch(() => undefined);
    await startAgain(engine, stopped, move, options);
    throw told.isPosted && error instanceof OsError && error.code === 'busy'
      ? stillLocked(error, project)
      : error;
  }
}

/** An attempt of a supervisor that changes no container for this time has ended. */
const steadyMs = 3000;

/**
 * For a supervisor that fails to apply its target: ends its wait while its services run, as that makes their containers again, and
 * returns when. From then on it waits no longer between two attempts than it has been failing. Throws OsError `busy` where an update
 * lock is held: the supervisor would not remove the services, which would have been stopped for that.
 */
async function renewAttempts(
  engine: Pick<Engine, 'listContainers'>,
  { project, from, copies }: Pick<Move, 'project' | 'from' | 'copies'>,
  { supervisor }: LockingAccess,
  options: MoveOptions,
): Promise<number | undefined> {
  const { appId, clock = systemClock, signal } = options;
  if (from === 'engine' || copies.length === 0) return undefined;
  if (!(await supervisor.hasFailedUpdate(signal))) return undefined;
  const renewedMs = clock.nowMs();
  const held = await endWait(supervisor, new Set([appId.toString()]), options);
  if (held !== undefined) throw stillLocked(held, project);
  let [before, sinceMs] = ['', renewedMs];
  while (clock.nowMs() - sinceMs < steadyMs && clock.nowMs() - renewedMs < restoreMs) {
    const containers = await engine.listContainers({ [composeLabels.project]: project }, signal);
    const now = containers.map(({ id, state }) => `${id} ${state}`).join();
    if (now !== before) [before, sinceMs] = [now, clock.nowMs()];
    await clock.sleep(retryMs, signal);
  }
  return renewedMs;
}

/** For each running container that goes on writing to a volume while it is copied. */
export async function describeSharers(
  engine: Pick<Engine, 'listContainers'>,
  { copies }: Pick<Move, 'copies'>,
  stopped: readonly ContainerSummary[],
  signal: AbortSignal,
): Promise<string[]> {
  if (copies.length === 0) return [];
  const others = (await engine.listContainers({}, signal)).filter(
    ({ id, state }) => (state === 'running' || state === 'restarting') && !stopped.some(it => it.id === id),
  );
  return copies.flatMap(({ from, to }) =>
    others
      .filter(({ mounts }) => mounts.some(it => it.name === from))
      .map(
        ({ name }) =>
          `${name} uses the volume ${from} too and is not stopped: it stays with ${from}, and ${to.Name} may lack what it writes meanwhile`,
      ),
  );
}

const restoreMs = 30_000;
/** Time between two reads of the containers of a supervisor that fails. */
const retryMs = 1000;

/**
 * Returns why a project that could not be moved does not stay where it was; undefined: it does. `posted` is given if the
 * supervisor was told to remove it; it is then told to run it again.
 */
async function findLoss(
  engine: Pick<Engine, 'listContainers'>,
  { project, from }: Move,
  access: LockingAccess,
  posted: Pick<MoveOptions, 'clock' | 'former' | 'onWarning'> | undefined,
): Promise<string | undefined> {
  try {
    if (posted === undefined) {
      const signal = AbortSignal.timeout(restoreMs);
      const left = await engine.listContainers({ [composeLabels.project]: project }, signal);
      return left.length === 0 ? `${nameOf(from)} has removed its containers` : undefined;
    }
    if (posted.former === undefined)
      return 'the supervisor was told to remove it, and would not run it as it is now';
    await postAgain(access, posted.former, posted.clock ?? systemClock);
    posted.onWarning(`the supervisor is told to go on running ${project}, as the project is now`);
    return undefined;
  } catch (error) {
    if (!(error instanceof OsError) && !isTimeout(error)) throw error;
    const reason = error instanceof OsError ? error.message : 'no answer in time';
    return posted === undefined
      ? `the engine does not say whether it has its containers: ${reason}`
      : `the supervisor was told to remove it, and cannot be told to go on running it: ${reason}`;
  }
}

function lossText({ project, from, to, copies }: Move, reason: string, device: string): string {
  const kept =
    copies.length === 0
      ? ''
      : `; its services stay stopped, and the copies of its volumes are complete and stay (${copies.map(pairText).join(', ')})`;
  return `${project} does not stay under ${nameOf(from)}: ${reason}${kept}; go on with: os push ${device} --runner ${to} --take-over --no-copy-volumes`;
}

/**
 * For a push that has moved a project and failed afterwards: says that the project runs nowhere, and how to go on. Returns undefined
 * where it has containers, or the engine does not say.
 */
export async function describeStranded(
  engine: Pick<Engine, 'listContainers'>,
  { project, from, to }: Pick<Move, 'project' | 'from' | 'to'>,
  device: string,
): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(restoreMs);
    const left = await engine.listContainers({ [composeLabels.project]: project }, signal);
    if (left.length > 0) return undefined;
    return `${project} has left ${nameOf(from)}, and ${nameOf(to)} does not run it yet; its data is in place; go on with: os push ${device} --runner ${to}`;
  } catch (error) {
    if (error instanceof OsError || isTimeout(error)) return undefined;
    throw error;
  }
}

const stillLocked = (error: OsError, project: string): OsError =>
  new OsError(error.code, error.message, {
    cause: error,
    hint: `the supervisor goes on running ${project}; --force overrides the lock`,
  });

interface LeaveOptions extends MoveOptions, Pick<RemoveOptions, 'waitMs'> {
  readonly copied: CopiedVolumes;
  /** Throws OsError `engine-conflict` where a service has run since its volumes began to be copied. */
  readonly checkStarts: () => Promise<void>;
}

/**
 * Ends the project where it runs. Volumes stay. A supervisor that is to run it next is asked first whether it takes a target:
 * copying may have taken minutes.
 */
async function leaveRunner(
  engine: Engine,
  { project, from }: Move,
  access: LockingAccess,
  { copied, checkStarts, ...options }: LeaveOptions,
): Promise<void> {
  if (from === 'engine') {
    const { signal } = options;
    // What others gave it is replaced.
    const nothing = ({ apps }: CurrentTarget): TargetChange => ({
      apps: new Map(),
      replaced: new Set(apps.keys()),
      isForced: false,
    });
    await checkStarts();
    await access.supervisor.checkTarget(nothing, signal);
    await takeDown(engine, { project, signal, removesVolumes: false });
    return;
  }
  await checkStarts();
  await removeFromTarget(engine, project, access, {
    ...options,
    onLeft: containers => {
      checkStopped(containers, copied);
    },
    onLock: wait => {
      options.report({ type: 'update-lock', ...wait });
    },
  });
}
