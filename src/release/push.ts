import { systemClock } from '../core/clock.ts';
import { applyPlan } from './apply-plan.ts';
import { awaitServices } from './await-services.ts';
import { makeImages } from './build-all.ts';
import { checkBuildSecrets } from './build-secrets.ts';
import { checkSpace } from './check-space.ts';
import type { DesiredRelease } from './desired.ts';
import type { PushDone } from './events.ts';
import { observeRelease } from './observe.ts';
import { planRelease } from './plan-release.ts';
import { registryReferences } from './registry-references.ts';
import { isEmptyPlan, type Plan } from './plan.ts';
import { openProjectLock } from './project-lock.ts';
import type { PushDependencies, PushRequest } from './push-request.ts';
import { readPublishedUrls } from './published-urls.ts';
import { readDesired } from './read-desired.ts';
import { selectServices } from './select-services.ts';

/** Looks at the device and decides. */
async function decide(
  { project, removesOrphans }: PushRequest,
  desired: DesiredRelease,
  { engine, signal }: PushDependencies,
): Promise<{ plan: Plan; observed: Awaited<ReturnType<typeof observeRelease>> }> {
  const observed = await observeRelease(engine, desired, signal);
  const knownServices = [...project.services.map(({ name }) => name), ...project.disabledServices];
  return { plan: planRelease(desired, observed, { knownServices, removesOrphans }), observed };
}

/** Makes the images of the plan; returns how many bytes of contexts were sent. */
async function makePlannedImages(
  plan: Plan,
  desired: DesiredRelease,
  observed: Awaited<ReturnType<typeof observeRelease>>,
  dependencies: PushDependencies,
): Promise<number> {
  const { engine, memory, report, signal } = dependencies;
  if (plan.images.length === 0) return 0;
  await checkSpace(plan, desired, dependencies);
  const logins = await dependencies.logins(registryReferences(plan, desired));
  return makeImages(plan.images, desired, observed, { engine, logins, memory, report, signal });
}

/** The images are made of these contexts now, so that the next plan can tell what changed since. */
function rememberContexts(desired: DesiredRelease, memory: PushDependencies['memory']): void {
  for (const { service, image } of desired.services)
    if (image.from === 'build') {
      const { digests, entries } = image.recipe;
      memory.keepContext(service, { context: digests.context, entries });
    }
}

async function carryOut(
  request: PushRequest,
  desired: DesiredRelease,
  dependencies: PushDependencies,
): Promise<number> {
  const { engine, report, signal } = dependencies;
  await using _lock = await openProjectLock(engine, desired.project, { signal });
  // Somebody may have been at work until the lock was ours.
  const first = await decide(request, desired, dependencies);
  const sentBytes = await makePlannedImages(first.plan, desired, first.observed, dependencies);
  if (request.extent === 'build') return sentBytes;
  // What was built may be what is running already: the engine's cache knows better than any prediction.
  const { plan, observed } =
    first.plan.images.length === 0 ? first : await decide(request, withoutMaking(desired), dependencies);
  await applyPlan(plan, desired, observed, { engine, report, signal });
  const started = plan.lanes.map(({ service }) => service);
  await awaitServices(engine, desired.project, started, { report, signal });
  return sentBytes;
}

/** The images are made: what asked for them to be made anew is fulfilled. */
const withoutMaking = (desired: DesiredRelease): DesiredRelease => ({
  ...desired,
  services: desired.services.map(service => ({
    ...service,
    image:
      service.image.from === 'registry'
        ? { ...service.image, pull: 'never' }
        : { ...service.image, recipe: { ...service.image.recipe, isPulled: false, isCacheUsed: true } },
  })),
});

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
  const desired = await readDesired(project, services, { ...request, ...dependencies });
  const { plan } = await decide(request, desired, dependencies);
  await checkBuildSecrets(engine, plan, desired, signal);
  for (const message of plan.notes) report({ type: 'warning', message });
  report({ type: 'planned', plan });
  const done = (outcome: PushDone['outcome'], sentBytes: number): PushDone => ({
    ...{ type: 'done', outcome, sentBytes },
    durationMs: systemClock.nowMs() - startedMs,
  });
  const isDone = extent === 'build' ? plan.images.length === 0 : isEmptyPlan(plan);
  if (extent === 'plan') return done('planned', 0);
  const sentBytes = isDone ? 0 : await carryOut(request, desired, dependencies);
  rememberContexts(desired, dependencies.memory);
  if (extent === 'build') return done(isDone ? 'up-to-date' : 'built', sentBytes);
  for (const { service, url } of await readPublishedUrls(engine, desired, address, signal))
    report({ type: 'url', service, url });
  return done(isDone ? 'up-to-date' : 'updated', sentBytes);
}
