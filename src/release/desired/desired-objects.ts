/** Builds the engine's create requests for the networks and volumes of a project. */
import type { Network, Project, Volume } from '../../project/project.ts';
import type { DesiredObject } from './desired.ts';
import { digestOf } from './digest.ts';
import { composeLabels, composeVersion, ourLabels } from './labels.ts';
import { originLabels, toOrigin } from './origin.ts';

const commonLabels = (project: Project): Record<string, string> => ({
  [ourLabels.made]: '1',
  [composeLabels.project]: project.name,
  [composeLabels.version]: composeVersion,
});

function toIpam({ ipam }: Network): object | undefined {
  if (ipam === undefined) return undefined;
  return {
    Driver: ipam.driver ?? 'default',
    Options: ipam.options,
    Config: ipam.pools.map(({ subnet, ipRange, gateway, auxiliaryAddresses }) => ({
      ...(subnet === undefined ? {} : { Subnet: subnet }),
      ...(ipRange === undefined ? {} : { IPRange: ipRange }),
      ...(gateway === undefined ? {} : { Gateway: gateway }),
      ...(Object.keys(auxiliaryAddresses).length === 0 ? {} : { AuxiliaryAddresses: auxiliaryAddresses }),
    })),
  };
}

/** Returns `body` with the label by which a later push detects changes, and those of its origin, which is no change. */
function withHash(
  project: Project,
  body: Readonly<Record<string, unknown>> & {
    readonly Name: string;
    readonly Labels: Record<string, string>;
  },
  isExternal: boolean,
): DesiredObject {
  const hash = digestOf(body);
  const Labels = { ...body.Labels, ...originLabels(toOrigin(project)), [composeLabels.configHash]: hash };
  return { name: body.Name, isExternal, hash, body: { ...body, Labels } };
}

export function toDesiredNetwork(project: Project, network: Network): DesiredObject {
  const body = {
    Name: network.name,
    CheckDuplicate: true,
    Driver: network.driver ?? 'bridge',
    Options: network.driverOptions,
    Internal: network.isInternal,
    Attachable: network.isAttachable,
    EnableIPv6: network.hasIpv6,
    IPAM: toIpam(network),
    Labels: { ...network.labels, ...commonLabels(project), [composeLabels.network]: network.key },
  };
  return withHash(project, body, network.isExternal);
}

export function toDesiredVolume(project: Project, volume: Volume): DesiredObject {
  const body = {
    Name: volume.name,
    Driver: volume.driver ?? 'local',
    DriverOpts: volume.driverOptions,
    Labels: { ...volume.labels, ...commonLabels(project), [composeLabels.volume]: volume.key },
  };
  return withHash(project, body, volume.isExternal);
}
