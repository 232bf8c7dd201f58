import type { Networking, NetworkUse } from '../../project/service.ts';
import type { Remarks } from './remarks.ts';

/** `network_mode` or `networks`; each network that is named must be declared in the app. */
export function writeNetworking(networking: Networking, remarks: Remarks): object {
  switch (networking.mode) {
    case 'host':
    case 'none':
    case 'bridge':
      return { network_mode: networking.mode };
    case 'service':
      return { network_mode: `service:${networking.service}` };
    case 'container':
      remarks.refuse('network_mode', `container:${networking.container}: the supervisor never applies it`);
      return {};
    case 'existing':
      remarks.refuse('network_mode', `${networking.network}: the supervisor never applies it`);
      return {};
    case 'networks': {
      // Every app has a network `default`, which a service joins that names none.
      if (networking.networks.every(it => it.network === 'default' && !hasOwnWords(it))) return {};
      const entries = networking.networks.map(use => {
        if (use.ipv6Address !== undefined)
          remarks.refuse('networks', `${use.network}: the supervisor never applies a network with IPv6`);
        if (use.linkLocalIps.length > 0)
          remarks.refuse(
            'networks',
            `${use.network}: the supervisor never finds link-local addresses again, and recreates the service endlessly`,
          );
        remarks.drop(`networks.${use.network}.driver_opts`, Object.keys(use.driverOptions).length > 0);
        remarks.drop(`networks.${use.network}.mac_address`, use.macAddress !== undefined);
        return [
          use.network,
          {
            ...(use.aliases.length === 0 ? {} : { aliases: use.aliases }),
            ...(use.ipv4Address === undefined ? {} : { ipv4_address: use.ipv4Address }),
          },
        ] as const;
      });
      return { networks: Object.fromEntries(entries) };
    }
  }
}

const hasOwnWords = ({
  aliases,
  ipv4Address,
  ipv6Address,
  linkLocalIps,
  macAddress,
  driverOptions,
}: NetworkUse): boolean =>
  aliases.length > 0 ||
  linkLocalIps.length > 0 ||
  Object.keys(driverOptions).length > 0 ||
  [ipv4Address, ipv6Address, macAddress].some(it => it !== undefined);
