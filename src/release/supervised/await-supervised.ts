/**
 * Waits until a supervisor has made the containers that were asked for. The engine is believed, not the supervisor: it
 * calls a service that crashes without end applied, and never tells why one is not started.
 */
import type { Mutable } from '../../core/mutable.ts';
import { systemClock, type Clock } from '../../core/clock.ts';
import { OsError, type ErrorCode } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import { verdictOf } from '../apply/await-services.ts';
import type { PushEvent, Report } from '../apply/events.ts';
import { findPortHolder } from '../apply/port-holder.ts';
import { serviceFailure } from '../apply/service-failure.ts';
import { composeLabels } from '../desired/labels.ts';
import type { CurrentTarget } from '../../supervisor/target/target-state.ts';
import { someNames } from '../../core/some-names.ts';
import { isSupervised } from '../running/supervisor.ts';
import type { SupervisorAccess } from './supervisor-access.ts';
import { openLockWatch } from './watch-locks.ts';

export interface ExpectedService {
  readonly service: string;
  readonly imageId: string;
  readonly configHash: string;
  readonly cause: string;
  /** Ports of the device, e.g. `8080/tcp`. */
  readonly publishedPorts: readonly string[];
  /** Ids of containers that are not the ones to wait for. */
  readonly before: ReadonlySet<string>;
  /** Fields of the target that may be the reason where it is recreated without end. */
  readonly fields: readonly string[];
}

type Waiting = Mutable<{
  readonly expected: ExpectedService;
  readonly seen: Set<string>;
  readonly sinceMs: number;
  readonly isUp: boolean;
}>;

const pollMs = 100;
/** Time between two reads of the supervisor's target. */
const targetMs = 2000;
const longestMs = 90_000;
/** Of a supervisor that does not answer for a while. */
const awayCodes: readonly ErrorCode[] = ['device-unreachable', 'connection-lost'];
/** A supervisor that recreates a container that often never stops. */
const mostContainers = 3;

/** The app and its release that the supervisor was given. */
export interface GivenApp {
  readonly appId: number;
  /** undefined: nothing was posted, and the commit of an earlier target is as good. */
  readonly commit: string | undefined;
}

export interface AwaitSupervisedOptions {
  readonly given: GivenApp;
  readonly report: Report<PushEvent>;
  /** True: a service that holds an update lock is no reason to stop waiting. */
  readonly overridesLocks: boolean;
  readonly signal: AbortSignal;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * Throws OsError `service-failed` with the reason, `busy` where an update lock is held, and `engine-conflict` where another program
 * gives the supervisor another target meanwhile.
 */
export async function awaitSupervised(
  engine: Pick<Engine, 'getContainer' | 'listContainers' | 'readLogs' | 'where'>,
  project: string,
  services: readonly ExpectedService[],
  access: SupervisorAccess,
  { given, report, overridesLocks, signal, clock = systemClock }: AwaitSupervisedOptions,
): Promise<void> {
  const { supervisor } = access;
  await using locks = openLockWatch(access, {
    overridesLocks,
    signal,
    onLock: wait => {
      report({ type: 'update-lock', ...wait });
    },
  });
  const startedMs = clock.nowMs();
  let readMs = startedMs;
  const waiting = services.map((expected): Waiting => {
    report({ type: 'service', service: expected.service, state: 'starting', cause: expected.cause });
    return { expected, seen: new Set(), sinceMs: 0, isUp: false };
  });
  let away: OsError | undefined;
  /** A supervisor that restarts meanwhile goes on with the target that it was given. */
  const unlessAway = async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      const answer = await ask();
      away = undefined;
      return answer;
    } catch (error) {
      if (!(error instanceof OsError) || !awayCodes.includes(error.code)) throw error;
      away = error;
      return undefined;
    }
  };
  const hasApplied = async (): Promise<boolean> =>
    (await unlessAway(() => supervisor.readApplyState(signal)))?.isApplying === false;
  for (;;) {
    const containers = await engine.listContainers({ [composeLabels.project]: project }, signal);
    for (const it of waiting)
      await followService(engine, it, containers.filter(isSupervised), { project, report, signal, clock });
    const isUp = waiting.every(it => it.isUp);
    const isDone = isUp && (await hasApplied());
    const busy = isDone ? undefined : locks.failure();
    if (busy !== undefined) throw busy;
    if (isDone || clock.nowMs() - readMs >= targetMs) {
      readMs = clock.nowMs();
      const target = await unlessAway(() => supervisor.readTarget(signal));
      if (target !== undefined) checkGiven(project, given, target);
      if (isDone && target !== undefined) return;
    }
    if (clock.nowMs() - startedMs > longestMs) {
      if (away !== undefined) throw away;
      throw await lateFailure(
        waiting.filter(it => !it.isUp).map(({ expected }) => expected.service),
        supervisor,
        signal,
      );
    }
    await clock.sleep(isUp ? 300 : pollMs, signal);
  }
}

function checkGiven(
  project: string,
  { appId, commit }: GivenApp,
  { apps, hasLeftLocalMode = false }: CurrentTarget,
): void {
  if (hasLeftLocalMode)
    throw new OsError(
      'supervisor-refused',
      `the device has left local mode meanwhile, and its supervisor removes ${project}`,
      { hint: 'turn local mode on, or use the engine: --runner engine' },
    );
  const app = apps.get(appId.toString());
  const isSame = commit === undefined || app?.commit === undefined || app.commit === commit;
  if (app !== undefined && isSame) return;
  const instead = someNames([...apps.values()].map(({ name }) => name));
  throw new OsError(
    'engine-conflict',
    app === undefined
      ? `another program has told the supervisor to run ${instead === '' ? 'nothing' : instead} in place of ${project} meanwhile`
      : `another program has given the supervisor another release of ${project} meanwhile`,
    { hint: 'nothing more is done; push again once it has ended' },
  );
}

async function followService(
  engine: Pick<Engine, 'getContainer' | 'listContainers' | 'readLogs' | 'where'>,
  it: Waiting,
  containers: readonly ContainerSummary[],
  {
    project,
    report,
    signal,
    clock,
  }: Pick<AwaitSupervisedOptions, 'report' | 'signal'> & { readonly project: string; readonly clock: Clock },
): Promise<void> {
  const { service, imageId, configHash, cause, before, fields, publishedPorts } = it.expected;
  const found = containers.find(
    ({ id, labels, imageId: runs }) =>
      labels[composeLabels.service] === service &&
      labels[composeLabels.configHash] === configHash &&
      runs === imageId &&
      !before.has(id),
  );
  if (found === undefined) return;
  if (!it.seen.has(found.id)) {
    it.seen.add(found.id);
    it.sinceMs = 0;
    if (it.seen.size >= mostContainers) throw loopFailure(service, fields);
  }
  if (it.isUp) return;
  let container;
  try {
    container = await engine.getContainer(found.id, signal);
  } catch (error) {
    // It is being recreated.
    if (error instanceof OsError && error.code === 'engine-missing') return;
    throw error;
  }
  if (container.state === 'created') {
    if (container.error === '') return;
    const holder = await findPortHolder(engine, {
      project,
      service,
      containerName: container.name,
      publishedPorts,
    });
    throw await serviceFailure(engine, service, container, signal, holder);
  }
  if (it.sinceMs === 0) {
    it.sinceMs = clock.nowMs();
    report({ type: 'service', service, state: 'started', cause });
  }
  const verdict = verdictOf(container, clock.nowMs() - it.sinceMs);
  if (verdict === 'failed') {
    const failure = await serviceFailure(engine, service, container, signal).catch(unlessRecreated);
    if (failure === undefined) return;
    throw failure;
  }
  if (verdict === undefined) return;
  it.isUp = true;
  if (container.health === 'healthy') report({ type: 'service', service, state: 'healthy', cause: '' });
}

const goneCodes: readonly ErrorCode[] = ['engine-missing', 'engine-conflict'];

/** The output of a container cannot be read while the supervisor removes it, to recreate it. */
function unlessRecreated(error: unknown): undefined {
  if (!(error instanceof OsError) || !goneCodes.includes(error.code)) throw error;
}

const loopFailure = (service: string, fields: readonly string[]): OsError =>
  new OsError(
    'service-failed',
    `the supervisor recreates ${service} again and again: one of its fields is never what the engine says of it${
      fields.length === 0 ? '' : ` (${fields.join(', ')})`
    }`,
    { hint: 'leave fields out one by one, or use the engine: --runner engine' },
  );

async function lateFailure(
  services: readonly string[],
  supervisor: SupervisorAccess['supervisor'],
  signal: AbortSignal,
): Promise<OsError> {
  const hasFailed = await supervisor.hasFailedUpdate(signal).catch(() => false);
  const what = hasFailed ? 'fails to apply the project again and again' : 'has not applied the project yet';
  const names = services.length === 0 ? '' : `, without a container of ${services.join(', ')}`;
  return new OsError(
    'service-failed',
    `after ${(longestMs / 1000).toString()} s the supervisor ${what}${names}; it does not say why`,
    { hint: 'its own log may tell: os services DEVICE supervisor --logs' },
  );
}
