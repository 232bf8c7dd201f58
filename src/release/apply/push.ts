import { systemClock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import { checkBuildSecrets } from '../build/build-secrets.ts';
import { openDeviceSpace } from '../build/device-space.ts';
import { removeOldMarks } from '../build/edited-mark.ts';
import type { DesiredRelease } from '../desired/desired.ts';
import { readDesired } from '../desired/read-desired.ts';
import { reportPlan } from '../plan/report-plan.ts';
import { isEmptyPlan, type Plan } from '../plan/plan.ts';
import { findOtherCheckout } from '../plan/check-origin.ts';
import { checkOthers } from '../plan/check-others.ts';
import { selectServices } from '../running/select-services.ts';
import { decide, rememberContexts, type Decision } from './decide.ts';
import type { PushDone } from './events.ts';
import { checkBuildsHere, makePlannedImages } from './make-planned-images.ts';
import { composeLabels } from '../desired/labels.ts';
import { adoptCopies, discardCopies } from '../move/copy-marks.ts';
import { removeUnstarted } from '../running/remove-unstarted.ts';
import { runnerOf, type Runner } from '../running/supervisor.ts';
import { openProjectLock } from '../lease/project-lock.ts';
import { readPublishedUrls } from './published-urls.ts';
import type { PushDependencies, PushRequest } from './push-request.ts';
import type { ServiceRunner } from './service-runner.ts';

/** Reports each outcome of a service once, however many other services wait for it. */
function reportingOnce(report: PushDependencies['report']): PushDependencies['report'] {
  const reported = new Set<string>();
  return event => {
    const isOutcome = event.type === 'service' && (event.state === 'healthy' || event.state === 'completed');
    const key = isOutcome ? `${event.state} ${event.service}` : undefined;
    if (key !== undefined && reported.has(key)) return;
    if (key !== undefined) reported.add(key);
    report(event);
  };
}

async function decideFor(
  runner: ServiceRunner,
  request: PushRequest,
  desired: DesiredRelease,
  dependencies: PushDependencies,
  options: Parameters<typeof decide>[3],
): Promise<Decision> {
  const removesOrphans = request.removesOrphans || runner.removesOrphans;
  const decision = await decide({ ...request, removesOrphans }, desired, dependencies, options);
  return { ...decision, plan: runner.reduce(decision.plan, decision.observed, request.project) };
}

/** Throws OsError `busy` where the project is kept by another runner than when the push was planned: a move or a start came between. */
function checkPresent(
  present: Runner | undefined,
  { project, extent, bringOver, bringsOnlyData = false }: PushRequest,
  { name }: ServiceRunner,
): void {
  const isMove = bringOver !== undefined;
  if (extent === 'build' || present === undefined) return;
  if ((present === name) !== isMove && !bringsOnlyData) return;
  throw new OsError(
    'busy',
    bringsOnlyData
      ? `another os command has started ${project.name} meanwhile, whose data was to be copied`
      : `another os command has moved ${project.name} between the engine and the supervisor meanwhile`,
    { hint: 'nothing more is done; try again' },
  );
}

/** The runner that has the data of the project; undefined where that is unknown, or a person chose the copies that are there. */
function dataKeeper(
  present: Runner | undefined,
  { extent, bringOver, copiesVolumes = true }: PushRequest,
  { name }: ServiceRunner,
): Runner | undefined {
  if (bringOver !== undefined && !copiesVolumes) return undefined;
  return present ?? (extent === 'build' ? undefined : name);
}

async function carryOut(
  request: PushRequest,
  desired: DesiredRelease,
  planned: Decision,
  given: PushDependencies,
  runner: ServiceRunner,
): Promise<number> {
  const { engine } = given;
  const space = openDeviceSpace({ ...given, where: engine.where });
  space.prepare(planned.plan);
  await using lock = await openProjectLock(engine, desired.project, given);
  const signal = AbortSignal.any([given.signal, lock.lost]);
  const dependencies = { ...given, signal };
  await removeUnstarted(engine, desired.project, signal);
  const present = runnerOf(await engine.listContainers({ [composeLabels.project]: desired.project }, signal));
  checkPresent(present, request, runner);
  await discardCopies(engine, desired.project, {
    runner: dataKeeper(present, request, runner),
    signal,
    onWarning: message => {
      dependencies.report({ type: 'warning', message });
    },
  });
  // The device may have changed before the lock was acquired.
  const first = await decideFor(runner, request, desired, dependencies, {
    makesImages: true,
    known: planned.observed.builds,
  });
  if (request.extent !== 'build') checkOthers(desired, first.observed, { ...request, ...runner });
  const sentBytes = await makePlannedImages(request, first, space, dependencies);
  if (request.extent === 'build') return sentBytes;
  signal.throwIfAborted();
  await request.bringOver?.(signal);
  await adoptCopies(engine, desired.project, runner.name, signal);
  // A build may have produced the very image that is running: only the engine knows.
  const decision =
    first.plan.images.length === 0 && request.bringOver === undefined
      ? first
      : await decideFor(runner, request, desired, dependencies, { makesImages: false });
  if (!isEmptyPlan(decision.plan) || runner.differsFromTarget === true)
    await runner.run(request, desired, decision, dependencies);
  await removeOldMarks(engine, decision.observed.images.values(), signal);
  return sentBytes;
}

/** Nothing is said about a supervisor where nothing is to be done. */
async function withSupervisorNote(
  { plan, observed: { supervisor } }: Decision,
  { describeSupervisor }: Pick<PushDependencies, 'describeSupervisor'>,
): Promise<Plan> {
  if (supervisor === undefined || isEmptyPlan(plan)) return plan;
  const note = await describeSupervisor?.(supervisor);
  return note === undefined ? plan : { ...plan, notes: [...plan.notes, note] };
}

/**
 * Makes the device run the project with `runner`. If it does already, nothing is sent and nothing is changed.
 * Throws OsError `build-failed`, `service-failed`, `busy`, `no-space`, `connection-lost`, `project-invalid`, and what
 * `runner` throws.
 */
export async function push(
  request: PushRequest,
  given: PushDependencies,
  runner: ServiceRunner,
): Promise<PushDone> {
  const dependencies = { ...given, report: reportingOnce(given.report) };
  const { engine, report, signal, address } = dependencies;
  const { project, extent } = request;
  const startedMs = systemClock.nowMs();
  const services = selectServices(project, request.services);
  const names = services.map(({ name }) => name);
  report({ type: 'project', project: project.name, device: engine.where, services: names });
  runner.check(request);
  const desired = await readDesired(project, services, { ...request, ...dependencies });
  const planned = await decideFor(runner, request, desired, dependencies, { makesImages: true });
  if (extent !== 'build') await runner.checkPlan?.(request, desired, planned, dependencies);
  const plan = await withSupervisorNote(planned, dependencies);
  if (extent !== 'build') checkOthers(desired, planned.observed, { ...request, ...runner });
  await checkBuildSecrets(engine, plan, signal);
  await checkBuildsHere(plan, dependencies);
  const otherCheckout =
    plan.services.length > 0 ? await findOtherCheckout(desired, planned.observed) : undefined;
  for (const message of [...plan.notes, ...(otherCheckout === undefined ? [] : [otherCheckout])])
    report({ type: 'warning', message });
  report({ type: 'planned', plan: reportPlan(plan) });
  const done = (outcome: PushDone['outcome'], sentBytes: number): PushDone => ({
    type: 'done',
    outcome,
    sentBytes,
    durationMs: systemClock.nowMs() - startedMs,
  });
  if (extent === 'plan') return done('planned', 0);
  const isBringing = request.bringOver !== undefined;
  const isDone =
    extent === 'build'
      ? plan.images.length === 0
      : isEmptyPlan(plan) && !isBringing && runner.differsFromTarget !== true;
  const sentBytes = isDone ? 0 : await carryOut(request, desired, planned, dependencies, runner);
  rememberContexts(planned, dependencies);
  if (extent === 'build') return done(isDone ? 'up-to-date' : 'built', sentBytes);
  for (const { service, url } of await readPublishedUrls(engine, desired, address, signal))
    report({ type: 'url', service, url });
  return done(isDone ? 'up-to-date' : 'updated', sentBytes);
}
