import type { ContainerBody } from '../../engine/container-body.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import type { DesiredService } from '../desired/desired.ts';
import { composeLabels } from '../desired/labels.ts';
import { findKeptVolumes } from './kept-volumes.ts';
import { newContainer, type ContainerTask, type ServicePlan } from './plan.ts';
import type { KeptVolume } from './plan-report.ts';

/** The facts that decide about one service's container, besides the service itself. */
export interface ServiceFacts {
  /** Id of the image that its reference names; undefined while it is still to be built or pulled. */
  readonly imageId: string | undefined;
  /** Where that image has volumes; undefined as for its id. */
  readonly imageVolumes: readonly string[] | undefined;
  readonly networkNames: readonly string[];
  readonly renewedNetworks: ReadonlySet<string>;
  readonly volumeNames: readonly string[];
  /** Services whose container is recreated in this plan. */
  readonly renewedServices: ReadonlySet<string>;
  /** Services whose container is started or restarted in this plan. */
  readonly restartedServices: ReadonlySet<string>;
  /** True if another project made the container, and it is replaced all the same. */
  readonly isTakenOver: boolean;
  /** True if a live session changed files of the container. */
  readonly isEdited: boolean;
  /** True if a push was cut off while it recreated the container. */
  readonly isCutOff: boolean;
  /** True if other services wait until this one has completed. */
  readonly isAwaitedToComplete: boolean;
  /** Dependencies with `restart: true` whose container is newer than the service's last start. */
  readonly missedRestarts: readonly string[];
  /** Limits the time that an old container is given to stop. */
  readonly longestStopS: number | undefined;
}

/** Returns the reason why `container` has to be recreated; undefined if it can stay. */
export function causeToRecreate(
  desired: DesiredService,
  container: ContainerSummary,
  facts: ServiceFacts,
): string | undefined {
  if (container.labels[composeLabels.configHash] !== desired.configHash) return 'its configuration changed';
  if (facts.isTakenOver) return 'another project made it';
  if (facts.imageId === undefined) return 'its image is rebuilt or pulled';
  if (container.imageId !== facts.imageId) return 'its image changed';
  if (facts.isEdited) return 'a live session has changed its files';
  const renewed = facts.networkNames.find(name => facts.renewedNetworks.has(name));
  if (renewed !== undefined) return `its network ${renewed} is recreated`;
  const network = facts.networkNames.find(name => !container.networks.includes(name));
  if (network !== undefined) return `it is not on network ${network}`;
  const volume = facts.volumeNames.find(name => !container.mounts.some(mount => mount.name === name));
  if (volume !== undefined) return `it does not have volume ${volume}`;
  // A push may have been cut off between creating the container and copying its files.
  if (desired.files.length > 0 && container.state === 'created') return 'it may lack its files';
  // The push may have disconnected it from its networks.
  if (facts.isCutOff && container.state !== 'running') return 'a push was cut off that stopped it';
  const parent = desired.livesWith.find(service => facts.renewedServices.has(service));
  if (parent !== undefined) return `it lives in the container of ${parent}, which is recreated`;
  const owner = desired.takesVolumesOf.find(service => facts.renewedServices.has(service));
  if (owner !== undefined) return `it mounts the volumes of ${owner}, which is recreated`;
  return undefined;
}

/** The body of the container, with the labels that depend on its image. */
function bodyOf(
  { body, configHash, image }: DesiredService,
  imageId: string | undefined,
  keptVolumes: readonly KeptVolume[],
): ContainerBody {
  const { Binds = [] } = body.HostConfig;
  return {
    ...body,
    Labels: {
      ...body.Labels,
      [composeLabels.configHash]: configHash,
      [composeLabels.image]: imageId ?? image.reference,
    },
    HostConfig: {
      ...body.HostConfig,
      Binds: [...Binds, ...keptVolumes.map(({ name, destination }) => `${name}:${destination}`)],
    },
  };
}

function createSteps(
  desired: DesiredService,
  { imageId }: ServiceFacts,
  name: string,
  keptVolumes: readonly KeptVolume[] = [],
): ContainerTask[] {
  const { furtherNetworks, files, optionalSources } = desired;
  const body = bodyOf(desired, imageId, keptVolumes);
  return [
    { action: 'create', name, keptVolumes, body, optionalSources },
    ...furtherNetworks.map(({ network, endpoint }) => ({
      action: 'connect' as const,
      name,
      network,
      endpoint,
    })),
    ...(files.length === 0 ? [] : [{ action: 'put-files' as const, name, files }]),
  ];
}

/** The name of a new container until the old one is renamed. */
export const provisionalName = ({ containerName }: DesiredService): string => `new_${containerName}`;

const portsOf = ({ body }: DesiredService): string[] =>
  Object.entries(body.HostConfig.PortBindings ?? {}).flatMap(([port, hosts]) =>
    hosts.map(({ HostPort }) => `${HostPort}/${port.split('/')[1] ?? 'tcp'}`),
  );

const emptyPlanOf = (desired: DesiredService): Omit<ServicePlan, 'cause' | 'steps'> => ({
  project: desired.body.Labels[composeLabels.project] ?? '',
  service: desired.service,
  containerName: desired.containerName,
  after: [],
  optionalDependencies: [],
  undo: [],
  publishedPorts: portsOf(desired),
});

export function planCreation(desired: DesiredService, cause: string, facts: ServiceFacts): ServicePlan {
  const { containerName: name } = desired;
  return {
    ...emptyPlanOf(desired),
    cause,
    steps: [...createSteps(desired, facts, name), { action: 'start', id: newContainer, name }],
    undo: [{ action: 'remove', id: newContainer, name }],
  };
}

/** Undefined: the stop timeout that the old container was created with. */
function graceOf({ body }: DesiredService, longestStopS: number | undefined): number | undefined {
  const engineDefaultS = 10;
  return longestStopS && Math.min(longestStopS, body.StopTimeout ?? engineDefaultS);
}

const isUpOrPaused = ({ state }: ContainerSummary): boolean =>
  state === 'running' || state === 'restarting' || state === 'paused';

/** Removes the other containers of a service. One that is up would run beside the service's own, so it has to go. */
export const planRemovals = (surplus: readonly ContainerSummary[]): ContainerTask[] =>
  surplus.map(it => ({ action: 'remove', id: it.id, name: it.name, isOptional: !isUpOrPaused(it) }));

/**
 * The old container is renamed only when the new one exists, and is restored if the new one cannot be started.
 * Containers are renamed while neither runs: the engine refuses to rename one that is between two crashes.
 */
export function planReplacement(
  desired: DesiredService,
  old: ContainerSummary,
  cause: string,
  facts: ServiceFacts,
): ServicePlan {
  const { containerName: name } = desired;
  const { id } = old;
  const isUp = isUpOrPaused(old);
  // A push that was cut off may have renamed it already.
  const isNameFree = old.name !== name;
  const aside = isNameFree ? old.name : `${id.slice(0, 12)}_${name}`;
  const created = isNameFree ? name : provisionalName(desired);
  const renames: ContainerTask[] = [
    { action: 'rename', id, from: name, to: aside },
    { action: 'rename', id: newContainer, from: created, to: name },
  ];
  const graceS = graceOf(desired, facts.longestStopS);
  return {
    ...emptyPlanOf(desired),
    cause,
    steps: [
      ...createSteps(desired, facts, created, findKeptVolumes(old, desired.body, facts.imageVolumes)),
      ...(isUp ? [{ action: 'stop' as const, id, name: old.name, graceS }] : []),
      ...(isNameFree ? [] : renames),
      { action: 'start', id: newContainer, name },
      { action: 'remove', id, name: aside, isOptional: true },
    ],
    undo: [
      { action: 'remove', id: newContainer, name },
      { action: 'rename', id, from: aside, to: name },
      ...(isUp ? [{ action: 'start' as const, id, name }] : []),
    ],
  };
}

/** Returns the actions that a container that stays needs, if any. */
export function planUpkeep(
  desired: DesiredService,
  { id, name, state, status }: ContainerSummary,
  facts: ServiceFacts,
): ServicePlan | undefined {
  const plan = emptyPlanOf(desired);
  if (state === 'paused') return { ...plan, cause: 'it is paused', steps: [{ action: 'unpause', id, name }] };
  if (state !== 'running' && state !== 'restarting') {
    const isDone = state === 'exited' && status.startsWith('Exited (0)') && facts.isAwaitedToComplete;
    return isDone ? undefined : { ...plan, cause: `it is ${state}`, steps: [{ action: 'start', id, name }] };
  }
  const restarting = desired.dependsOn.find(
    ({ service, restart }) => restart && facts.restartedServices.has(service),
  )?.service;
  const [missed] = facts.missedRestarts;
  if (restarting === undefined && missed === undefined) return undefined;
  const cause =
    restarting === undefined
      ? `${String(missed)}, which it depends on, was recreated since it started`
      : `${restarting}, which it depends on, is restarted`;
  return { ...plan, cause, steps: [{ action: 'restart', id, name }] };
}
