/** Runs a project's services through the device's supervisor, which is given a target state. */
import { systemClock } from '../../core/clock.ts';
import { someNames } from '../../core/some-names.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import type { CurrentTarget } from '../../supervisor/target/target-state.ts';
import type { TargetChange } from '../../supervisor/target/write-target.ts';
import type { Decision } from '../apply/decide.ts';
import type { PushDependencies, PushRequest } from '../apply/push-request.ts';
import type { ServiceRunner } from '../apply/service-runner.ts';
import { isEdited } from '../build/edited-mark.ts';
import { labelsOf } from '../desired/container-body.ts';
import { composeLabels } from '../desired/labels.ts';
import { waitedFor } from '../move/until-back.ts';
import { checkLeftOut } from '../plan/check-left-out.ts';
import { describeDisabled, describeStayingOrphan } from '../plan/check-others.ts';
import { withImageFeatures } from '../plan/image-features.ts';
import type { ObservedRelease } from '../plan/observed.ts';
import { isEmptyPlan, type Plan } from '../plan/plan.ts';
import { isMadeByOthers, isOfService, pickServiceContainer } from '../running/service-container.ts';
import { isSupervised } from '../running/supervisor.ts';
import { awaitSupervised, type ExpectedService } from './await-supervised.ts';
import { openOverrideRecord } from './override-record.ts';
import { postTarget } from './post-target.ts';
import { endWait } from './remove-from-target.ts';
import { removeOldRunTags, runTagOf } from './run-tag.ts';
import { appIdOf, type SupervisorAccess } from './supervisor-access.ts';
import {
  checkRemarks,
  releasedServices,
  writeRelease,
  type ReleasedService,
  type WrittenRelease,
} from './write-release.ts';
import { lockRefusal } from './watch-locks.ts';

interface ReduceOptions {
  readonly isMove?: boolean;
  readonly differsFromTarget?: boolean;
}

/**
 * Leaves networks, volumes and containers to the supervisor; each service keeps its cause. Of the orphans stay those that the
 * supervisor made, as a target removes nothing else; the others are named in notes, but for those that a move ends beforehand.
 * Notes name the containers as well that a target removes because `project` has their services only with a profile.
 */
export function reduceToSupervised(
  plan: Plan,
  { containers }: Pick<ObservedRelease, 'containers'>,
  project: { readonly services: readonly { readonly name: string }[] },
  { isMove = false, differsFromTarget = false }: ReduceOptions = {},
): Plan {
  const own = containers.filter(isSupervised);
  const ownIds = new Set(own.map(({ id }) => id));
  const goingIds = new Set(isMove ? containers.filter(it => !isMadeByOthers(it)).map(({ id }) => id) : []);
  const staying = plan.orphans.filter(({ id }) => !ownIds.has(id) && !goingIds.has(id));
  const orphans = plan.orphans.filter(({ id }) => ownIds.has(id));
  const isPosted =
    differsFromTarget ||
    plan.images.length + orphans.length > 0 ||
    plan.services.some(({ steps }) => steps.some(({ action }) => action === 'create'));
  const disabled = own.filter(
    container =>
      !orphans.some(({ id }) => id === container.id) &&
      !project.services.some(({ name }) => isOfService(container, name)),
  );
  return {
    ...plan,
    resources: [],
    services: plan.services.map(service => ({ ...service, steps: [], undo: [] })),
    orphans,
    notes: [
      ...staying.map(({ name }) => describeStayingOrphan(name)),
      ...(isPosted ? disabled.map(({ name }) => describeDisabled(name)) : []),
    ],
  };
}

/** For a project that is only checked. */
const unreleased = { commit: 'none', releaseId: 1, imageOf: () => '', labelsOf: () => ({}) };

/**
 * Opens a runner that works through the device's supervisor. Its `run` throws OsError `usage` if the supervisor runs an app
 * that would be lost, `supervisor-refused`, `service-failed`, and `busy` if an update lock is held.
 */
export const openSupervisedRunner = (
  access: SupervisorAccess,
  options: ReduceOptions = {},
): ServiceRunner => ({
  name: 'supervisor',
  differsFromTarget: options.differsFromTarget ?? false,
  // A target has the whole project.
  removesOrphans: true,
  replacesOthers: false,
  // Its warnings are reported when the release is written.
  check({ project }) {
    checkRemarks(access.writeApp(project, unreleased).remarks, project, () => undefined);
  },
  async checkPlan({ project, takesOver = false }, desired, { plan, observed }, { engine, signal }) {
    if (options.isMove === true || (isEmptyPlan(plan) && options.differsFromTarget !== true)) return;
    await checkLeftOut(engine, project, desired, observed, signal);
    const id = appIdOf(access, project.name);
    const { app } = access.writeApp(project, unreleased);
    const toChange = ({ apps }: CurrentTarget): TargetChange => ({
      apps: new Map([[id, app]]),
      replaced: new Set(takesOver ? apps.keys() : [id.toString()]),
      isForced: false,
    });
    await access.supervisor.checkTarget(toChange, signal);
  },
  reduce: (plan, observed, project) => reduceToSupervised(plan, observed, project, options),
  async run(request, desired, decision, { engine, report, signal }) {
    const { project } = request;
    const services = releasedServices(
      withImageFeatures(desired, decision.observed.images),
      decision.observed,
    ).filter(({ service }) => project.services.some(({ name }) => name === service));
    const written = await writeRelease(engine, project, services, access, {
      signal,
      onWarning: message => {
        report({ type: 'warning', message });
      },
      labelsOf: name => {
        const service = project.services.find(it => it.name === name);
        return service === undefined ? {} : labelsOf(project, service);
      },
    });
    const changes = changesOf(decision, services);
    const isChanged = decision.plan.orphans.length > 0 || changes.some(({ action }) => action === 'post');
    const { overridesLocks = false } = request;
    const appId = appIdOf(access, project.name);
    const settle = async (commit?: string): Promise<void> => {
      // A start is not lost where a service that is to be recreated holds an update lock.
      const starts = changes.filter(({ action }) => action === 'start');
      for (const change of [...starts, ...changes.filter(({ action }) => action !== 'start')])
        await applyChange(change, appId, access, { engine, overridesLocks, signal });
      const expected = changes.map(change => expectedOf(change, written));
      const given = { appId, commit };
      await awaitSupervised(engine, project.name, expected, access, {
        given,
        report,
        overridesLocks,
        signal,
      });
    };
    const settlePosted = (): Promise<void> => settle(written.app.commit);
    const posting = { engine, report, signal };
    // A project that is moved has left the engine by now.
    const supervisor =
      options.isMove === true ? waitedFor(access.supervisor, systemClock) : access.supervisor;
    if (isChanged) await postApp(request, written, { ...access, supervisor }, posting, settlePosted);
    else if (options.differsFromTarget === true) {
      report({
        type: 'warning',
        message: `the target of the supervisor differs from ${project.name} as it runs, and is set to what runs`,
      });
      const settleSame = (): Promise<void> => settleWhatRuns(access.supervisor, settlePosted, signal);
      const settleChanges = changes.length > 0 ? settlePosted : settleSame;
      await postApp(request, written, access, { ...posting, endsWait: false }, settleChanges);
    } else await settle();
    const tags = services.map(({ service, imageId }) => runTagOf(project.name, service, imageId));
    await removeOldRunTags(engine, tags, signal);
  },
});

/**
 * A supervisor that fails to apply the target before, or waits for an update lock, has nothing to do for one of what runs. Any other may
 * be removing a service right now, which it then creates again: that is awaited.
 */
async function settleWhatRuns(
  supervisor: Pick<SupervisorAccess['supervisor'], 'hasFailedUpdate'>,
  settle: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  if (!(await supervisor.hasFailedUpdate(signal))) await settle();
}

interface ServiceChange {
  readonly released: ReleasedService;
  readonly cause: string;
  readonly container: ContainerSummary | undefined;
  readonly publishedPorts: readonly string[];
  /** Starts the container as it is, recreates it from the same image, or replaces it by the posted target. */
  readonly action: 'start' | 'recreate' | 'post';
}

function changesOf({ plan, observed }: Decision, services: readonly ReleasedService[]): ServiceChange[] {
  return plan.services.flatMap(({ service, cause, publishedPorts }): ServiceChange[] => {
    const released = services.find(it => it.service === service);
    if (released === undefined) return [];
    const { container } = pickServiceContainer(observed.containers, service);
    const image = [...observed.images.values()].find(({ id }) => id === released.imageId);
    const isTouched = container !== undefined && isEdited(container.id, image);
    return [{ released, cause, container, publishedPorts, action: actionOf(container, released, isTouched) }];
  });
}

function actionOf(
  container: ContainerSummary | undefined,
  { configHash, imageId }: ReleasedService,
  isTouched: boolean,
): ServiceChange['action'] {
  const isSame =
    container !== undefined &&
    isSupervised(container) &&
    container.labels[composeLabels.configHash] === configHash &&
    container.imageId === imageId;
  if (!isSame) return 'post';
  return isTouched ? 'recreate' : 'start';
}

/** Posts the app and awaits `settle`. Unless `endsWait` is false, ends the wait of a supervisor that was failing to apply its last target. */
async function postApp(
  { project, takesOver = false, overridesLocks = false }: PushRequest,
  { app }: WrittenRelease,
  access: SupervisorAccess,
  {
    engine,
    report,
    signal,
    endsWait = true,
  }: Pick<PushDependencies, 'engine' | 'report' | 'signal'> & { readonly endsWait?: boolean },
  settle: () => Promise<void>,
): Promise<void> {
  const { supervisor } = access;
  const appId = appIdOf(access, project.name);
  const hadFailed = endsWait && (await supervisor.hasFailedUpdate(signal));
  const warn = (message: string): void => {
    report({ type: 'warning', message });
  };
  let replacement: string | undefined;
  const toChange = (current: CurrentTarget): Omit<TargetChange, 'isForced' | 'config'> => {
    const others = [...current.apps].filter(([id]) => id !== appId.toString());
    if (takesOver && others.length > 0) {
      const names = others.map(([, { name, services }]) => `${name} (${services.join(', ')})`);
      replacement = `the supervisor ran ${someNames(names)}, which is replaced`;
    }
    const replaced = new Set([appId.toString(), ...(takesOver ? others.map(([id]) => id) : [])]);
    return { apps: new Map([[appId, app]]), replaced };
  };
  const place = { supervisor, record: openOverrideRecord(engine) };
  const options = { overridesLocks, onWarning: warn, signal };
  await postTarget(place, toChange, options, async () => {
    if (replacement !== undefined) warn(replacement);
    const held = hadFailed ? await endWait(supervisor, new Set([appId.toString()]), options) : undefined;
    if (held !== undefined) throw lockRefusal(held);
    await settle();
  });
}

async function applyChange(
  { released, container, action }: ServiceChange,
  appId: number,
  { supervisor }: SupervisorAccess,
  {
    engine,
    overridesLocks,
    signal,
  }: Pick<PushDependencies, 'engine' | 'signal'> & { readonly overridesLocks: boolean },
): Promise<void> {
  if (action === 'recreate')
    await supervisor.restartService(appId, released.service, { signal, isForced: overridesLocks });
  if (action !== 'start' || container === undefined) return;
  if (container.state === 'paused') await engine.unpauseContainer(container.id, signal);
  else await engine.startContainer(container.id, signal);
}

function expectedOf(
  { released, cause, container, publishedPorts, action }: ServiceChange,
  { app }: WrittenRelease,
): ExpectedService {
  const { service, imageId, configHash } = released;
  const target = [...app.services.values()].find(({ serviceName }) => serviceName === service);
  return {
    service,
    imageId,
    configHash,
    cause,
    publishedPorts,
    before: new Set(container === undefined || action === 'start' ? [] : [container.id]),
    fields: Object.keys(target?.composition ?? {}).filter(field => field !== 'tty' && field !== 'restart'),
  };
}
