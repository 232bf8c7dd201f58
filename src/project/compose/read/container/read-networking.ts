import type { Networking, NetworkUse } from '../../../service.ts';
import type { Cursor } from '../../../yaml/cursor.ts';

/** `network_mode` or `networks` of a service; neither: the project's default network. */
export function readNetworking(service: Cursor): Networking {
  const mode = service.at('network_mode');
  // Text without a character, as of a variable that is not set, is none.
  const text = mode.text() === '' ? undefined : mode.text();
  if (text !== undefined && service.at('networks').isPresent)
    mode.fail('excludes "networks": write one of them');
  if (text === undefined) return { mode: 'networks', networks: readNetworkUses(service.at('networks')) };
  if (text === 'host' || text === 'none' || text === 'bridge') return { mode: text };
  if (text === 'default') return { mode: 'bridge' };
  const [, kind, name = ''] = /^(service|container):(.+)$/.exec(text) ?? [];
  if (kind === undefined)
    mode.fail(
      `${JSON.stringify(text)} is not a network mode: it is host, none, bridge, service:NAME or container:NAME`,
    );
  if (service.at('ports').isPresent && kind !== undefined)
    service
      .at('ports')
      .fail(`cannot be published with network_mode ${text}: publish them where that network is`);
  return kind === 'service' ? { mode: 'service', service: name } : { mode: 'container', container: name };
}

/** The one with the highest priority first, then by name, whatever the order in the file. */
function readNetworkUses(networks: Cursor): NetworkUse[] {
  const entries = networks.entries();
  const names = networks.isMapping ? entries.map(([name]) => name) : networks.texts();
  if (names.length === 0) return [plainUse('default')];
  const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  if (!networks.isMapping) return names.sort(byName).map(plainUse);
  return entries
    .map(([network, use]) => ({
      network,
      aliases: use.at('aliases').texts(),
      ipv4Address: use.at('ipv4_address').text(),
      ipv6Address: use.at('ipv6_address').text(),
      linkLocalIps: use.at('link_local_ips').texts(),
      macAddress: use.at('mac_address').text(),
      driverOptions: use.at('driver_opts').record(),
      priority: use.at('priority').number() ?? 0,
    }))
    .sort((a, b) => b.priority - a.priority || byName(a.network, b.network));
}

const plainUse = (network: string): NetworkUse => ({
  network,
  aliases: [],
  ipv4Address: undefined,
  ipv6Address: undefined,
  linkLocalIps: [],
  macAddress: undefined,
  driverOptions: {},
  priority: 0,
});

/** `extra_hosts` as `name:address`, from a list of `name:address` or `name=address`, or a mapping. */
export function readExtraHosts(hosts: Cursor): string[] {
  return hosts.texts().flatMap(text => {
    const [, name, address] = /^([^=:]+)[=:]\s*\[?([^\]]+)\]?$/.exec(text.trim()) ?? [];
    if (name === undefined || address === undefined)
      hosts.fail(`${JSON.stringify(text)} is not a host: write it like name=10.0.0.5`);
    return name === undefined || address === undefined ? [] : [`${name}:${address}`];
  });
}
