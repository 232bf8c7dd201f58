/** The decision of a push: the device as it was observed, and the plan that follows. */
import type { BuildFacts } from '../build/build-memory.ts';
import { findLocalImages } from '../build/local/local-images.ts';
import type { DesiredRelease } from '../desired/desired.ts';
import { observeRelease } from '../plan/observe.ts';
import type { ObservedRelease } from '../plan/observed.ts';
import { planRelease, type PlanOptions } from '../plan/plan-release.ts';
import type { Plan } from '../plan/plan.ts';
import { readBuildFacts } from '../plan/read-build-facts.ts';
import type { PushDependencies, PushRequest } from './push-request.ts';

export interface Decision {
  readonly observed: ObservedRelease;
  readonly plan: Plan;
}

/** Observes the device, reads the contexts on which the plan depends and that `known` lacks, and plans. */
export async function decide(
  request: PushRequest,
  desired: DesiredRelease,
  { engine, memory, local, signal }: PushDependencies,
  {
    makesImages,
    known,
  }: Pick<PlanOptions, 'makesImages'> & { readonly known?: ReadonlyMap<string, BuildFacts> },
): Promise<Decision> {
  const seen = await observeRelease(engine, desired, signal);
  const { usesDeltas = true } = request;
  const builds = makesImages
    ? await readBuildFacts(desired, seen.images, { memory, usesDeltas, signal }, known)
    : new Map<string, BuildFacts>();
  const localImages = makesImages
    ? await findLocalImages(local.docker, desired, seen.images, signal)
    : undefined;
  const observed = { ...seen, builds, localImages };
  const { project, removesOrphans, takesOver, longestStopS } = request;
  const knownServices = [...project.services.map(({ name }) => name), ...project.disabledServices];
  const emptyServices = request.services.length === 0 ? project.emptyServices : undefined;
  const plan = planRelease(desired, observed, {
    knownServices,
    emptyServices,
    removesOrphans,
    takesOver,
    longestStopS,
    makesImages,
  });
  return { observed, plan };
}

/** Remembers the contexts of images that are up to date, so that a later plan can say what changed since. */
export function rememberContexts(
  { plan, observed }: Decision,
  { memory }: Pick<PushDependencies, 'memory'>,
): void {
  for (const [service, { contents }] of observed.builds)
    if (contents !== undefined && !plan.images.some(task => task.service === service))
      memory.keepContext(service, { context: contents.digest, entries: contents.entries });
}
