import { OsError } from '../core/errors.ts';
import type { DesiredObject, DesiredRelease } from './desired.ts';
import { composeLabels } from './labels.ts';
import type { ObservedRelease } from './observed.ts';
import type { SharedStep } from './plan.ts';

export interface SharedPlan {
  readonly steps: readonly SharedStep[];
  /** Networks that are not what containers are connected to now. */
  readonly renewedNetworks: ReadonlySet<string>;
  readonly notes: readonly string[];
}

const missing = (kind: string, name: string): OsError =>
  new OsError('project-invalid', `the ${kind} ${name} is external, and the device does not have it`, {
    hint: `create it first, or take \`external\` out of the project`,
  });

/** Whether it was made with another configuration. What carries no hash was made by others, and is taken as it is. */
function isDifferent(
  { hash, isExternal }: DesiredObject,
  found: { labels: Readonly<Record<string, string>> },
): boolean {
  const label = found.labels[composeLabels.configHash];
  return !isExternal && label !== undefined && label !== hash;
}

function planNetwork(network: DesiredObject, { networks, containers }: ObservedRelease): SharedStep[] {
  const { name } = network;
  const found = networks.get(name);
  if (found === undefined) {
    if (network.isExternal) throw missing('network', name);
    return [{ do: 'create-network', name, cause: 'it is not there' }];
  }
  if (!isDifferent(network, found)) return [];
  const cause = 'its configuration changed';
  return [
    ...containers
      .filter(container => container.networks.includes(name))
      .map(container => ({ do: 'disconnect' as const, name, container: container.id, cause })),
    { do: 'remove-network', name, id: found.id, cause },
    { do: 'create-network', name, cause },
  ];
}

/** What several services share. Volumes hold data: one with another configuration stays, and a person is told. */
export function planShared(desired: DesiredRelease, observed: ObservedRelease): SharedPlan {
  const notes: string[] = [];
  const networks = desired.networks.flatMap(network => planNetwork(network, observed));
  const volumes = desired.volumes.flatMap((volume): SharedStep[] => {
    const { name } = volume;
    const found = observed.volumes.get(name);
    if (found === undefined) {
      if (volume.isExternal) throw missing('volume', name);
      return [{ do: 'create-volume', name, cause: 'it is not there' }];
    }
    if (isDifferent(volume, found))
      notes.push(
        `volume ${name} keeps the configuration it was made with; os down --volumes removes it with its data`,
      );
    return [];
  });
  const renewedNetworks = new Set(
    networks.flatMap(step => (step.do === 'create-network' ? [step.name] : [])),
  );
  return { steps: [...networks, ...volumes], renewedNetworks, notes };
}
