import type { DesiredRelease } from './desired.ts';
import { together } from '../core/together.ts';
import { buildServiceImage, type BuildDependencies } from './build-image.ts';
import type { ObservedRelease } from './observed.ts';
import type { ImageStep } from './plan.ts';
import { pullServiceImage } from './pull-image.ts';

/** How many images are built or pulled at once: more only take memory from each other on a small board. */
const atOnce = 4;

/** `together`, no more than `limit` at a time, in the order given. */
async function bounded(
  signal: AbortSignal,
  limit: number,
  tasks: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const waiting = [...tasks];
  const worker = async (within: AbortSignal): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      within.throwIfAborted();
      await task(within);
    }
  };
  await together(
    signal,
    Array.from({ length: Math.min(limit, tasks.length) }, () => worker),
  );
}

/** Pulls what builds start from and the device lacks, so that their ids are known before the builds begin. */
async function pullBases(
  builds: readonly ImageStep[],
  desired: DesiredRelease,
  observed: ObservedRelease,
  dependencies: BuildDependencies,
): Promise<ObservedRelease['images']> {
  const images = new Map(observed.images);
  const own = new Set(desired.services.map(({ image }) => image.reference));
  const wanted = new Set<string>();
  for (const { image, service } of desired.services)
    if (image.from === 'build' && builds.some(step => step.service === service))
      for (const base of image.recipe.baseImages)
        if (!own.has(base) && (image.recipe.isPulled || !images.has(base))) wanted.add(base);
  await bounded(
    dependencies.signal,
    atOnce,
    [...wanted].map(base => async within => {
      await pullServiceImage(base, undefined, { ...dependencies, signal: within });
      const found = await dependencies.engine.findImage(base, within);
      if (found !== undefined) images.set(base, found);
    }),
  );
  return images;
}

/**
 * Pulls and builds what `steps` say, several at once; the first failure cancels the others. Returns how many bytes of
 * build contexts were sent.
 */
export async function makeImages(
  steps: readonly ImageStep[],
  desired: DesiredRelease,
  observed: ObservedRelease,
  dependencies: BuildDependencies,
): Promise<number> {
  const images = await pullBases(
    steps.filter(step => step.do === 'build'),
    desired,
    observed,
    dependencies,
  );
  let sentBytes = 0;
  const tasks = steps.map(step => async (within: AbortSignal): Promise<void> => {
    const service = desired.services.find(it => it.service === step.service);
    if (service === undefined) throw new Error(`the plan names ${step.service}, the project does not`);
    const { image } = service;
    const inside = { ...dependencies, signal: within };
    if (image.from === 'registry') await pullServiceImage(image.reference, image.platform, inside);
    else {
      const request = { service: service.service, reference: image.reference, recipe: image.recipe };
      sentBytes += await buildServiceImage(request, images, inside);
    }
  });
  await bounded(dependencies.signal, atOnce, tasks);
  return sentBytes;
}
