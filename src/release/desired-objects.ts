/** Networks and volumes of a project as the engine is asked to create them. */
import type { Network, Project, Volume } from '../project/project.ts';
import type { DesiredObject } from './desired.ts';
import { digestOf } from './digest.ts';
import { composeLabels, composeVersion, ourLabels } from './labels.ts';

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

/** `body` with the label by which a later push tells whether it is still the same. */
function withHash(
  body: Readonly<Record<string, unknown>> & { Name: string; Labels: Record<string, string> },
  isExternal: boolean,
): DesiredObject {
  const hash = digestOf(body);
  const Labels = { ...body.Labels, [composeLabels.configHash]: hash };
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
  return withHash(body, network.isExternal);
}

export function toDesiredVolume(project: Project, volume: Volume): DesiredObject {
  const body = {
    Name: volume.name,
    Driver: volume.driver ?? 'local',
    DriverOpts: volume.driverOptions,
    Labels: { ...volume.labels, ...commonLabels(project), [composeLabels.volume]: volume.key },
  };
  return withHash(body, volume.isExternal);
}
