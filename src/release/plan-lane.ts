import type { ContainerSummary } from '../engine/objects.ts';
import type { DesiredService } from './desired.ts';
import { composeLabels } from './labels.ts';
import { newContainer, type ContainerStep, type KeptVolume, type Lane } from './plan.ts';

/** What decides about one service's container, besides the service itself. */
export interface LaneFacts {
  /** Id of the image that its reference leads to; undefined while it is still to be built or pulled. */
  readonly imageId: string | undefined;
  readonly networkNames: readonly string[];
  readonly renewedNetworks: ReadonlySet<string>;
  readonly volumeNames: readonly string[];
  /** Services whose container is made anew in this plan. */
  readonly renewedServices: ReadonlySet<string>;
  /** Services whose container is started anew in this plan. */
  readonly restartedServices: ReadonlySet<string>;
  /** Whether a live session has left other files in the container than its image has. */
  readonly isEdited: boolean;
  /** Whether a push was cut off that was about to make its container anew. */
  readonly isCutOff: boolean;
  /** Whether others wait until this service has done its work. */
  readonly isAwaitedToComplete: boolean;
}

/** Why `container` cannot stay; undefined when it can. */
export function causeToRecreate(
  desired: DesiredService,
  container: ContainerSummary,
  facts: LaneFacts,
): string | undefined {
  if (container.labels[composeLabels.configHash] !== desired.configHash) return 'its configuration changed';
  if (facts.imageId === undefined) return 'its image is made anew';
  if (container.imageId !== facts.imageId) return 'its image changed';
  if (facts.isEdited) return 'a live session has changed its files';
  const renewed = facts.networkNames.find(name => facts.renewedNetworks.has(name));
  if (renewed !== undefined) return `its network ${renewed} is made anew`;
  const isOnItsOwn = container.networks.some(name => facts.networkNames.includes(name));
  const network = facts.networkNames.find(name => !container.networks.includes(name));
  if (network !== undefined && (isOnItsOwn || container.state === 'running'))
    return `it is not on network ${network}`;
  const volume = facts.volumeNames.find(name => !container.mounts.some(mount => mount.name === name));
  if (volume !== undefined) return `it does not have volume ${volume}`;
  // A push was cut off between making it and putting its files there.
  if (desired.files.length > 0 && container.state === 'created') return 'it may lack its files';
  // It may have been taken off its networks already.
  if (facts.isCutOff && container.state !== 'running') return 'a push was cut off that stopped it';
  const parent = desired.livesWith.find(service => facts.renewedServices.has(service));
  if (parent !== undefined) return `it lives in the container of ${parent}, which is made anew`;
  return undefined;
}

/** Docker gives volumes without a name one of 64 hex digits. */
const anonymousVolumes = (container: ContainerSummary): KeptVolume[] =>
  container.mounts.flatMap(({ type, name, destination }) =>
    type === 'volume' && name !== null && /^[0-9a-f]{64}$/.test(name) ? [{ name, destination }] : [],
  );

function createSteps(
  { furtherNetworks, files }: DesiredService,
  name: string,
  keptVolumes: readonly KeptVolume[] = [],
): ContainerStep[] {
  return [
    { do: 'create', name, keptVolumes },
    ...furtherNetworks.map(({ network, endpoint }) => ({ do: 'connect' as const, name, network, endpoint })),
    ...(files.length === 0 ? [] : [{ do: 'put-files' as const, name, paths: files.map(it => it.path) }]),
  ];
}

/** Until the old container has given way. */
export const provisionalName = ({ containerName }: DesiredService): string => `new_${containerName}`;

export function createLane(desired: DesiredService, cause: string): Lane {
  const { service, containerName: name } = desired;
  return {
    ...{ service, cause, after: [] },
    steps: [...createSteps(desired, name), { do: 'start', id: newContainer, name }],
    undo: [{ do: 'remove', id: newContainer, name }],
  };
}

/**
 * The old container gives way only when the new one is there, and comes back when that one cannot be started. Names change
 * while nothing runs: one that crashes again and again the engine can't rename at most times.
 */
export function recreateLane(desired: DesiredService, old: ContainerSummary, cause: string): Lane {
  const { service, containerName: name } = desired;
  const { id } = old;
  const isUp = old.state === 'running' || old.state === 'restarting' || old.state === 'paused';
  // A push that was cut off has left it under another.
  const isNameFree = old.name !== name;
  const aside = isNameFree ? old.name : `${id.slice(0, 12)}_${name}`;
  const made = isNameFree ? name : provisionalName(desired);
  const renames: ContainerStep[] = [
    { do: 'rename', id, from: name, to: aside },
    { do: 'rename', id: newContainer, from: made, to: name },
  ];
  return {
    ...{ service, cause, after: [] },
    steps: [
      ...createSteps(desired, made, anonymousVolumes(old)),
      ...(isUp ? [{ do: 'stop' as const, id, name: old.name }] : []),
      ...(isNameFree ? [] : renames),
      { do: 'start', id: newContainer, name },
      { do: 'remove', id, name: aside },
    ],
    undo: [
      { do: 'remove', id: newContainer, name },
      { do: 'rename', id, from: aside, to: name },
      ...(isUp ? [{ do: 'start' as const, id, name }] : []),
    ],
  };
}

/** What a container that can stay needs, if anything. */
export function keepLane(
  desired: DesiredService,
  { id, name, state, status }: ContainerSummary,
  facts: LaneFacts,
): Lane | undefined {
  const { service, dependsOn } = desired;
  const lane = { service, after: [], undo: [] };
  const hasDoneItsWork = state === 'exited' && status.startsWith('Exited (0)') && facts.isAwaitedToComplete;
  if (state !== 'running' && state !== 'restarting' && state !== 'paused')
    return hasDoneItsWork
      ? undefined
      : { ...lane, cause: `it is ${state}`, steps: [{ do: 'start', id, name }] };
  if (state === 'paused') return { ...lane, cause: 'it is paused', steps: [{ do: 'unpause', id, name }] };
  const cause = dependsOn.find(
    ({ service: other, restart }) => restart && facts.restartedServices.has(other),
  );
  return cause === undefined
    ? undefined
    : {
        ...lane,
        cause: `${cause.service}, which it depends on, is started anew`,
        steps: [{ do: 'restart', id, name }],
      };
}
