import { OsError } from '../../core/errors.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import type { DesiredObject, DesiredRelease } from '../desired/desired.ts';
import { composeLabels, ourLabels } from '../desired/labels.ts';
import type { ObservedRelease } from './observed.ts';
import type { ResourceTask } from './plan.ts';

export interface ResourcePlan {
  readonly steps: readonly ResourceTask[];
  /** Networks that are recreated or new, so that no container is connected to them. */
  readonly renewedNetworks: ReadonlySet<string>;
  readonly notes: readonly string[];
}

const missing = (kind: string, name: string): OsError =>
  new OsError('project-invalid', `the ${kind} ${name} is external, and the device does not have it`, {
    hint: `create it first, or take \`external\` or \`network_mode\` out of the project`,
  });

/** True if it was created with another configuration. */
function isDifferent(
  { hash, isExternal }: DesiredObject,
  found: { readonly labels: Readonly<Record<string, string>> },
): boolean {
  const label = found.labels[composeLabels.configHash];
  return !isExternal && label !== undefined && label !== hash;
}

/**
 * True if the project does not say `external`, and something other than a push of this project made the object: docker
 * compose gives its objects the same labels, hash of the configuration included.
 */
const isForeign = (
  { isExternal }: DesiredObject,
  found: { readonly labels: Readonly<Record<string, string>> },
  project: string,
): boolean =>
  !isExternal && (found.labels[composeLabels.project] !== project || found.labels[ourLabels.made] !== '1');

const describeForeign = (kind: 'network' | 'volume', name: string): string =>
  `${kind} ${name} was not made by this project: it is used as it is, and os down leaves it; \`external: true\` in the project says so`;

/** The container of another project that is connected to the network. */
const findForeignUser = (name: string, { others = [] }: ObservedRelease): ContainerSummary | undefined =>
  others.find(({ networks }) => networks.includes(name));

function planNetwork(
  network: DesiredObject,
  { networks, containers }: ObservedRelease,
  keepsIt: boolean,
): ResourceTask[] {
  const { name } = network;
  const found = networks.get(name);
  if (found === undefined) {
    if (network.isExternal) throw missing('network', name);
    return [{ action: 'create-network', name, cause: 'it does not exist', body: network.body }];
  }
  if (!isDifferent(network, found) || keepsIt) return [];
  const cause = 'its configuration changed';
  return [
    ...containers
      .filter(container => container.networks.includes(name))
      .map(container => ({ action: 'disconnect' as const, name, container: container.id, cause })),
    { action: 'remove-network', name, id: found.id, cause },
    { action: 'create-network', name, cause, body: network.body },
  ];
}

/** Plans networks and volumes. A volume contains data: one with another configuration is kept, with a note. */
export function planResources(desired: DesiredRelease, observed: ObservedRelease): ResourcePlan {
  const notes: string[] = [];
  const networks = desired.networks.flatMap(network => {
    const found = observed.networks.get(network.name);
    const isOthers = found !== undefined && isForeign(network, found, desired.project);
    if (isOthers) notes.push(describeForeign('network', network.name));
    const user = isOthers ? undefined : findForeignUser(network.name, observed);
    if (user !== undefined && found !== undefined && isDifferent(network, found))
      notes.push(
        `network ${network.name} keeps the configuration it was made with, as ${user.name}, which is not of this project, is connected to it`,
      );
    return planNetwork(network, observed, isOthers || user !== undefined);
  });
  const volumes = desired.volumes.flatMap((volume): ResourceTask[] => {
    const { name } = volume;
    const found = observed.volumes.get(name);
    if (found === undefined) {
      if (volume.isExternal) throw missing('volume', name);
      if (name === desired.extraFirmware.name)
        notes.push(
          `volume ${name} is new and empty: io.balena.features.extra-firmware mounts the volume of the host only where a supervisor runs the project`,
        );
      return [{ action: 'create-volume', name, cause: 'it does not exist', body: volume.body }];
    }
    if (isForeign(volume, found, desired.project)) notes.push(describeForeign('volume', name));
    else if (isDifferent(volume, found))
      notes.push(
        `volume ${name} keeps the configuration it was made with; os down --volumes removes it with its data`,
      );
    return [];
  });
  const renewedNetworks = new Set(
    networks.flatMap(step => (step.action === 'create-network' ? [step.name] : [])),
  );
  return { steps: [...networks, ...volumes], renewedNetworks, notes };
}
