import type { Project } from '../../project/project.ts';
import type { NetworkUse, Service } from '../../project/service.ts';
import { containerNameOf } from './container-name.ts';

export interface EngineNetworking {
  readonly networkMode: string;
  /** The network to be created with, then those to be connected to. */
  readonly networks: readonly { readonly network: string; readonly endpoint: Record<string, unknown> }[];
  readonly livesWith: readonly string[];
}

/** `links` as the engine takes them, `container:alias`; names that the service has anyway are left out. */
function linksOf(project: Project, { links }: Service): string[] {
  return links.flatMap(link => {
    const [name = '', alias = name] = link.split(':');
    const other = project.services.find(it => it.name === name);
    return other === undefined || alias === name ? [] : [`${containerNameOf(project, other)}:${alias}`];
  });
}

function endpointOf(project: Project, service: Service, use: NetworkUse): Record<string, unknown> {
  const { ipv4Address, ipv6Address, linkLocalIps, driverOptions } = use;
  const links = linksOf(project, service);
  const hasAddress = ipv4Address !== undefined || ipv6Address !== undefined || linkLocalIps.length > 0;
  return {
    Aliases: [...new Set([service.name, ...use.aliases])],
    ...(links.length === 0 ? {} : { Links: links }),
    ...(hasAddress
      ? { IPAMConfig: { IPv4Address: ipv4Address, IPv6Address: ipv6Address, LinkLocalIPs: linkLocalIps } }
      : {}),
    ...(use.macAddress === undefined ? {} : { MacAddress: use.macAddress }),
    ...(Object.keys(driverOptions).length === 0 ? {} : { DriverOpts: driverOptions }),
  };
}

/** Returns the connections of a container, by the names that networks and containers have on the device. */
export function toEngineNetworking(project: Project, service: Service): EngineNetworking {
  const { networking } = service;
  switch (networking.mode) {
    case 'host':
    case 'none':
    case 'bridge':
      return { networkMode: networking.mode, networks: [], livesWith: [] };
    case 'existing': {
      // Without a name of its own there, as with docker compose: others may be on that network.
      const { network } = networking;
      return { networkMode: network, networks: [{ network, endpoint: {} }], livesWith: [] };
    }
    case 'container':
      return { networkMode: `container:${networking.container}`, networks: [], livesWith: [] };
    case 'service': {
      const other = project.services.find(({ name }) => name === networking.service);
      const name = other === undefined ? networking.service : containerNameOf(project, other);
      return { networkMode: `container:${name}`, networks: [], livesWith: [networking.service] };
    }
    case 'networks': {
      const networks = networking.networks.map(use => ({
        network: project.networks.find(({ key }) => key === use.network)?.name ?? use.network,
        endpoint: endpointOf(project, service, use),
      }));
      return { networkMode: networks[0]?.network ?? 'none', networks, livesWith: [] };
    }
  }
}
