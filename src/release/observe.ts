import type { Engine } from '../engine/engine.ts';
import type { ContainerSummary } from '../engine/objects.ts';
import type { DesiredRelease } from './desired.ts';
import { composeLabels } from './labels.ts';
import type { ObservedRelease } from './observed.ts';
import { findSupervisor } from './supervisor.ts';

/** Every image that matters to `desired`: those to run, and those that builds start from. */
function referencesOf({ services }: DesiredRelease): string[] {
  const references = services.flatMap(({ image }) =>
    image.from === 'build' ? [image.reference, ...image.recipe.baseImages] : [image.reference],
  );
  return [...new Set(references)];
}

async function findAll<T>(
  names: readonly string[],
  find: (name: string) => Promise<T | undefined>,
): Promise<Map<string, T>> {
  const found = new Map<string, T>();
  await Promise.all(
    names.map(async name => {
      const it = await find(name);
      if (it !== undefined) found.set(name, it);
    }),
  );
  return found;
}

/** Looks at everything that decides what has to be done, all at once. */
export async function observeRelease(
  engine: Engine,
  desired: DesiredRelease,
  signal: AbortSignal,
): Promise<ObservedRelease> {
  const [containers, images, networks, volumes] = await Promise.all([
    engine.listContainers({}, signal),
    findAll(referencesOf(desired), reference => engine.findImage(reference, signal)),
    findAll(
      desired.networks.map(({ name }) => name),
      name => engine.findNetwork(name, signal),
    ),
    findAll(
      desired.volumes.map(({ name }) => name),
      name => engine.findVolume(name, signal),
    ),
  ]);
  const isOfProject = ({ labels }: ContainerSummary): boolean =>
    labels[composeLabels.project] === desired.project && labels[composeLabels.oneoff] === 'False';
  return {
    ...{ containers: containers.filter(isOfProject), supervisor: findSupervisor(containers) },
    ...{ images, networks, volumes },
  };
}
