import type { Engine } from '../../engine/engine.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import { composeLabels, ourLabels } from '../desired/labels.ts';
import { inOrder, listServices, selectRunning, toService, type RunningService } from './project-services.ts';

export type Action = 'start' | 'stop' | 'restart';

export interface ControlRequest {
  readonly project: string;
  /** Empty for all. */
  readonly services: readonly string[];
  /** Seconds for a service to stop before it is killed; undefined: its container's own limit. */
  readonly graceS?: number | undefined;
  readonly signal: AbortSignal;
}

type ControllingEngine = Pick<
  Engine,
  'listContainers' | 'restartContainer' | 'startContainer' | 'stopContainer' | 'unpauseContainer'
>;

/**
 * The names of running services that depend on one of `names` with `restart: true`, as those that share its network do, and
 * of those that depend on these.
 */
function findDependents(names: ReadonlySet<string>, containers: readonly ContainerSummary[]): Set<string> {
  const found = new Set(names);
  const dependsOnFound = ({ labels }: ContainerSummary): boolean =>
    (labels[composeLabels.dependsOn] ?? '').split(',').some(text => {
      const [name = '', , restart] = text.split(':');
      return restart === 'true' && found.has(name);
    });
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const container of containers)
      if (container.state === 'running' && dependsOnFound(container))
        found.add(container.labels[composeLabels.service] ?? '');
  }
  return found;
}

/**
 * Starts, stops or restarts services, those that others depend on first (last when stopping). With named services that are
 * restarted, those that ask for it by `restart: true` are too.
 */
export async function controlServices(
  engine: ControllingEngine,
  action: Action,
  { project, services, graceS, signal }: ControlRequest,
): Promise<readonly RunningService[]> {
  const there = await listServices(engine, project, signal);
  const named = selectRunning(there, services, project);
  const isWhole = action !== 'restart' || services.length === 0;
  const selected = inOrder(isWhole ? named : await withDependents(engine, there, services, project, signal));
  for (const { id, state } of action === 'stop' ? selected.reverse() : selected) {
    signal.throwIfAborted();
    if (action === 'start')
      await (state === 'paused' ? engine.unpauseContainer(id, signal) : engine.startContainer(id, signal));
    if (action === 'stop') await engine.stopContainer(id, { graceS, signal });
    if (action === 'restart') await engine.restartContainer(id, { graceS, signal });
  }
  return selected;
}

async function withDependents(
  engine: Pick<Engine, 'listContainers'>,
  there: readonly RunningService[],
  names: readonly string[],
  project: string,
  signal: AbortSignal,
): Promise<readonly RunningService[]> {
  const containers = await engine.listContainers({ [composeLabels.project]: project }, signal);
  const found = findDependents(new Set(names), containers);
  return there.filter(({ service }) => found.has(service));
}

export interface Removed {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  /** Containers of the project that stay, as something other than `os` made them. */
  readonly foreign: readonly string[];
  /** Networks and volumes of the project that stay, as a container that stays uses them. */
  readonly inUse: readonly string[];
}

type RemovingEngine = Pick<
  Engine,
  | 'listContainers'
  | 'listNetworks'
  | 'listVolumes'
  | 'removeContainer'
  | 'removeNetwork'
  | 'removeVolume'
  | 'stopContainer'
>;

/**
 * Removes the containers and networks that `os` made for a project; its volumes, with the data in them, only when
 * `removesVolumes`. What a container of somebody else uses stays.
 */
export async function takeDown(
  engine: RemovingEngine,
  {
    project,
    graceS,
    signal,
    removesVolumes,
  }: Omit<ControlRequest, 'services'> & { readonly removesVolumes: boolean },
): Promise<Removed> {
  const labels = { [composeLabels.project]: project, [ourLabels.made]: '1' };
  const all = await engine.listContainers({ [composeLabels.project]: project }, signal);
  const isOurs = (container: ContainerSummary): boolean => container.labels[ourLabels.made] === '1';
  const containers = inOrder(all.filter(isOurs).map(toService)).reverse();
  for (const { id } of containers) {
    signal.throwIfAborted();
    await engine.stopContainer(id, { graceS, signal });
    await engine.removeContainer(id, { volumes: removesVolumes, signal });
  }
  const others = await engine.listContainers({}, signal);
  const networks = splitByUse(await engine.listNetworks(labels, signal), others, it => it.networks);
  for (const { id } of networks.unused) {
    signal.throwIfAborted();
    await engine.removeNetwork(id);
  }
  const found = removesVolumes ? await engine.listVolumes(labels, signal) : [];
  const volumes = splitByUse(found, others, it => it.mounts.map(({ name }) => name));
  for (const { name } of volumes.unused) {
    signal.throwIfAborted();
    await engine.removeVolume(name);
  }
  return {
    containers: containers.map(({ container }) => container),
    networks: networks.unused.map(({ name }) => name),
    volumes: volumes.unused.map(({ name }) => name),
    foreign: all.filter(it => !isOurs(it)).map(({ name }) => name),
    inUse: [...networks.used, ...volumes.used].map(({ name }) => name),
  };
}

/** Divides `objects` by whether one of `containers` uses a thing of that name. */
function splitByUse<T extends { readonly name: string }>(
  objects: readonly T[],
  containers: readonly ContainerSummary[],
  namesOf: (container: ContainerSummary) => readonly (string | null)[],
): { readonly used: readonly T[]; readonly unused: readonly T[] } {
  const names = new Set(containers.flatMap(namesOf));
  return {
    used: objects.filter(({ name }) => names.has(name)),
    unused: objects.filter(({ name }) => !names.has(name)),
  };
}
