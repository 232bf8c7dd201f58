import { systemClock } from '../core/clock.ts';
import { applyPlan } from './apply-plan.ts';
import { awaitServices } from './await-services.ts';
import { makeImages } from './build-all.ts';
import { checkBuildSecrets } from './build-secrets.ts';
import { readContexts } from './build-recipe.ts';
import { checkSpace, readSpace } from './check-space.ts';
import type { DesiredRelease } from './desired.ts';
import { removeOldMarks } from './edited-mark.ts';
import type { PushDone } from './events.ts';
import { observeRelease } from './observe.ts';
import type { ObservedRelease } from './observed.ts';
import { planRelease } from './plan-release.ts';
import { registryReferences } from './registry-references.ts';
import { isEmptyPlan, type Plan } from './plan.ts';
import { openProjectLock } from './project-lock.ts';
import type { PushDependencies, PushRequest } from './push-request.ts';
import { readPublishedUrls } from './published-urls.ts';
import { readDesired } from './read-desired.ts';
import { selectServices } from './select-services.ts';
import { withoutMaking } from './without-making.ts';

interface Decision {
  readonly desired: DesiredRelease;
  readonly observed: ObservedRelease;
  readonly plan: Plan;
}

/** Looks at the device, and where it depends on them at the contexts, and decides. */
async function decide(
  { project, removesOrphans }: PushRequest,
  wanted: DesiredRelease,
  { engine, memory, signal }: PushDependencies,
): Promise<Decision> {
  const observed = await observeRelease(engine, wanted, signal);
  const desired = await readContexts(wanted, observed, { memory, signal });
  const knownServices = [...project.services.map(({ name }) => name), ...project.disabledServices];
  return { desired, observed, plan: planRelease(desired, observed, { knownServices, removesOrphans }) };
}

/** Makes the images of the plan; returns how many bytes of contexts were sent. */
async function makePlannedImages(
  { plan, desired, observed }: Decision,
  freeBytes: number | undefined,
  dependencies: PushDependencies,
): Promise<number> {
  const { engine, memory, report, signal } = dependencies;
  if (plan.images.length === 0) return 0;
  checkSpace(plan, desired, { where: engine.where, freeBytes });
  const logins = await dependencies.logins(registryReferences(plan, desired));
  return makeImages(plan.images, desired, observed, { engine, logins, memory, report, signal });
}

/** Images that are not made are made of these contexts, so that the next plan can tell what changed since. */
function rememberContexts({ plan, desired }: Decision, memory: PushDependencies['memory']): void {
  for (const { service, image } of desired.services)
    if (image.from === 'build' && !plan.images.some(step => step.service === service)) {
      const { contents } = image.recipe;
      if (contents !== undefined)
        memory.keepContext(service, { context: contents.digest, entries: contents.entries });
    }
}

/** What became of a service once, however many wait for it. */
function tellingOnce(report: PushDependencies['report']): PushDependencies['report'] {
  const told = new Set<string>();
  return event => {
    const outcome = event.type === 'service' && (event.state === 'healthy' || event.state === 'completed');
    const key = outcome ? `${event.state} ${event.service}` : undefined;
    if (key !== undefined && told.has(key)) return;
    if (key !== undefined) told.add(key);
    report(event);
  };
}

async function carryOut(
  request: PushRequest,
  planned: Decision,
  dependencies: PushDependencies,
): Promise<number> {
  const { engine, signal } = dependencies;
  const report = tellingOnce(dependencies.report);
  const readingSpace = readSpace(planned.plan, planned.desired, dependencies);
  readingSpace.catch(() => undefined); // it is told when its turn comes
  await using _lock = await openProjectLock(engine, planned.desired.project, { signal });
  // Somebody may have been at work until the lock was ours.
  const first = await decide(request, planned.desired, dependencies);
  const sentBytes = await makePlannedImages(first, await readingSpace, dependencies);
  if (request.extent === 'build') return sentBytes;
  // What was built may be what is running already: the engine's cache knows better than any prediction.
  const { desired, plan, observed } =
    first.plan.images.length === 0
      ? first
      : await decide(request, withoutMaking(first.desired), dependencies);
  const { longestStopS } = request;
  await applyPlan(plan, desired, observed, { engine, report, signal, longestStopS });
  await removeOldMarks(engine, observed.images.values(), signal);
  const started = plan.lanes.map(({ service }) => service);
  await awaitServices(engine, desired.project, started, { report, signal });
  return sentBytes;
}

/**
 * Makes the device run what the project says. When it does already, nothing is sent and nothing is touched.
 * Throws OsError `build-failed`, `service-failed`, `busy`, `no-space`, `connection-lost`, `project-invalid`.
 */
export async function push(request: PushRequest, dependencies: PushDependencies): Promise<PushDone> {
  const { engine, report, signal, address } = dependencies;
  const { project, extent } = request;
  const startedMs = systemClock.nowMs();
  const services = selectServices(project, request.services);
  const names = services.map(({ name }) => name);
  report({ type: 'project', project: project.name, device: engine.where, services: names });
  const wanted = await readDesired(project, services, { ...request, ...dependencies });
  const planned = await decide(request, wanted, dependencies);
  const { desired, plan } = planned;
  await checkBuildSecrets(engine, plan, desired, signal);
  for (const message of plan.notes) report({ type: 'warning', message });
  report({ type: 'planned', plan });
  const done = (outcome: PushDone['outcome'], sentBytes: number): PushDone => ({
    ...{ type: 'done', outcome, sentBytes },
    durationMs: systemClock.nowMs() - startedMs,
  });
  const isDone = extent === 'build' ? plan.images.length === 0 : isEmptyPlan(plan);
  if (extent === 'plan') return done('planned', 0);
  const sentBytes = isDone ? 0 : await carryOut(request, planned, dependencies);
  rememberContexts(planned, dependencies.memory);
  if (extent === 'build') return done(isDone ? 'up-to-date' : 'built', sentBytes);
  for (const { service, url } of await readPublishedUrls(engine, desired, address, signal))
    report({ type: 'url', service, url });
  return done(isDone ? 'up-to-date' : 'updated', sentBytes);
}
