import type { Engine } from '../../engine/engine.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import type { DesiredRelease } from '../desired/desired.ts';
import { composeLabels } from '../desired/labels.ts';
import { pickServiceContainer } from '../running/service-container.ts';
import { findSupervisorBeside } from '../running/supervisor-note.ts';
import { parseEngineTime } from './engine-time.ts';
import { withImageFeatures } from './image-features.ts';
import type { ObservedRelease } from './observed.ts';

/** The images that services run and that builds start from. */
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

type ObservingEngine = Pick<
  Engine,
  'listContainers' | 'getContainer' | 'findImage' | 'findNetwork' | 'findVolume'
>;

/**
 * By service: the dependencies with `restart: true` whose container was created after the service's last start. A push
 * that recreated them was interrupted before it restarted the service.
 */
async function findMissedRestarts(
  engine: Pick<Engine, 'getContainer'>,
  { services }: DesiredRelease,
  containers: readonly ContainerSummary[],
  signal: AbortSignal,
): Promise<Map<string, readonly string[]>> {
  const read = async (service: string, field: 'createdAt' | 'startedAt'): Promise<bigint | undefined> => {
    const { container } = pickServiceContainer(containers, service);
    return container && parseEngineTime((await engine.getContainer(container.id, signal))[field]);
  };
  const missed = new Map<string, readonly string[]>();
  for (const { service, dependsOn } of services) {
    const others = dependsOn.filter(({ restart }) => restart);
    const startedAt = others.length === 0 ? undefined : await read(service, 'startedAt');
    if (startedAt === undefined) continue;
    const created = await Promise.all(others.map(it => read(it.service, 'createdAt')));
    const newer = others.filter((_, i) => (created[i] ?? 0n) > startedAt);
    if (newer.length > 0)
      missed.set(
        service,
        newer.map(it => it.service),
      );
  }
  return missed;
}

/** Observes all state of the device that a plan depends on, except builds. */
export async function observeRelease(
  engine: ObservingEngine,
  desired: DesiredRelease,
  signal: AbortSignal,
): Promise<ObservedRelease> {
  const findVolumes = ({ volumes }: Pick<DesiredRelease, 'volumes'>): Promise<ObservedRelease['volumes']> =>
    findAll(
      volumes.map(({ name }) => name),
      name => engine.findVolume(name, signal),
    );
  const [all, images, networks, volumes] = await Promise.all([
    engine.listContainers({}, signal),
    findAll(referencesOf(desired), reference => engine.findImage(reference, signal)),
    findAll(
      desired.networks.map(({ name }) => name),
      name => engine.findNetwork(name, signal),
    ),
    findVolumes(desired),
  ]);
  // A feature, which an image may ask for, adds a volume.
  const added = withImageFeatures(desired, images).volumes.filter(it => !desired.volumes.includes(it));
  const isOfProject = ({ labels }: ContainerSummary): boolean =>
    labels[composeLabels.project] === desired.project && labels[composeLabels.oneoff] === 'False';
  const containers = all.filter(isOfProject);
  return {
    containers,
    others: all.filter(it => !isOfProject(it)),
    supervisor: findSupervisorBeside(all),
    images,
    networks,
    volumes: new Map([...volumes, ...(await findVolumes({ volumes: added }))]),
    missedRestarts: await findMissedRestarts(engine, desired, containers, signal),
    builds: new Map(),
  };
}
