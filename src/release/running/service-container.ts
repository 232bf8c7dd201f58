/** The container of a service, also while a push is replacing it or after one was cut off: the same answer for everybody. */
import type { Engine } from '../../engine/engine.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import { composeLabels, ourLabels } from '../desired/labels.ts';
import { isSupervised } from './supervisor.ts';

/** True if something else made it: docker compose gives containers the same labels of a project. */
export const isMadeByOthers = (container: Pick<ContainerSummary, 'labels'>): boolean =>
  container.labels[ourLabels.made] !== '1' && !isSupervised(container);

export const isOfService = ({ labels }: ContainerSummary, service: string): boolean =>
  labels[composeLabels.service] === service && labels[composeLabels.oneoff] !== 'True';

/** `new_NAME` until the old container is renamed; `0123456789ab_NAME` for a renamed old one. */
const isProvisional = (name: string): boolean => /^new_|^[0-9a-f]{12}_/.test(name);

/**
 * The container named `containerName`, else the running one, else one whose name is final, else any; `surplus` has the
 * others of the service. Without `containerName`, the name is not known: final names come first.
 */
export function pickServiceContainer(
  containers: readonly ContainerSummary[],
  service: string,
  containerName?: string,
): { readonly container: ContainerSummary | undefined; readonly surplus: readonly ContainerSummary[] } {
  const own = containers.filter(it => isOfService(it, service));
  const final = own.filter(({ name }) => !isProvisional(name));
  const container =
    own.find(({ name }) => name === containerName) ??
    final.find(({ state }) => state === 'running') ??
    final[0] ??
    own.find(({ state }) => state === 'running') ??
    own[0];
  return { container, surplus: own.filter(it => it !== container) };
}

/**
 * The container that `os` or a supervisor made for a service; undefined if there is none. One that something else made is
 * none: a live session writes nothing into it.
 */
export async function findServiceContainer(
  engine: Pick<Engine, 'listContainers'>,
  project: string,
  service: string,
  signal: AbortSignal,
): Promise<ContainerSummary | undefined> {
  const containers = await listOfService(engine, project, service, signal);
  const own = containers.filter(it => !isMadeByOthers(it));
  return pickServiceContainer(own, service).container;
}

/** The container that something else made for a service, as docker compose does; undefined if there is none. */
export async function findContainerOfOthers(
  engine: Pick<Engine, 'listContainers'>,
  project: string,
  service: string,
  signal: AbortSignal,
): Promise<ContainerSummary | undefined> {
  const containers = await listOfService(engine, project, service, signal);
  return pickServiceContainer(containers.filter(isMadeByOthers), service).container;
}

const listOfService = (
  engine: Pick<Engine, 'listContainers'>,
  project: string,
  service: string,
  signal: AbortSignal,
): Promise<ContainerSummary[]> =>
  engine.listContainers({ [composeLabels.project]: project, [composeLabels.service]: service }, signal);
