import { existsSync, readFileSync } from 'node:fs';
import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** One way out of this machine: an interface with an IPv4 address, or its IPv6 side. */
export interface Link {
  interface: string;
  family: 4 | 6;
  /** The local address; for IPv6 a link-local one where there is any, without zone. */
  address: string;
  /** The prefixes of all the interface's addresses, e.g. `10.0.0.7/24`. */
  cidrs: string[];
  /** What follows `%` in a link-local IPv6 address: the interface's name, its number on Windows. */
  zone: string;
}

/**
 * Whether asking on the interface makes sense: IFF_MULTICAST is among its flags (linux/if.h), and it is not merely a
 * port of a bridge, which has the addresses. True where the system does not tell.
 */
function isSearchable(name: string): boolean {
  if (process.platform !== 'linux') return true;
  const folder = `/sys/class/net/${name}`;
  try {
    return (
      (Number(readFileSync(`${folder}/flags`, 'utf8')) & 0x1000) !== 0 && !existsSync(`${folder}/brport`)
    );
  } catch {
    return true;
  }
}

/** Every link of this machine that multicast can leave by; loopback never. */
export function listLinks(): Link[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) => {
    const outward = addresses.filter(({ internal }) => !internal);
    if (outward.length === 0 || !isSearchable(name)) return [];
    const ipv4 = outward.filter(({ family }) => family === 'IPv4');
    const ipv6 = outward.filter(({ family }) => family === 'IPv6');
    const cidrs = outward.map(({ cidr }) => cidr).filter(cidr => cidr !== null);
    const links = ipv4.map(({ address }): Link => ({
      interface: name,
      family: 4,
      address,
      cidrs,
      zone: name,
    }));
    const best = ipv6.find(({ address }) => isLinkLocal(address)) ?? ipv6[0];
    if (best === undefined) return links;
    const zone = process.platform === 'win32' ? String(best.scopeid ?? 0) : name;
    return [...links, { interface: name, family: 6, address: best.address, cidrs, zone }];
  });
}

/** Whether `address` (IPv6, with or without zone) is in fe80::/10. */
export function isLinkLocal(address: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(address);
}

/** A set of addresses. */
export interface AddressRange {
  /** Whether `address`, without zone, is in it. */
  has(address: string): boolean;
}

/** The addresses in any of `cidrs`. */
export function rangeOf(cidrs: readonly string[]): AddressRange {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [net = '', prefix] = cidr.split('/');
    list.addSubnet(net, Number(prefix), isIPv4(net) ? 'ipv4' : 'ipv6');
  }
  return { has: address => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6') };
}

const privateRanges = [
  ...['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  ...['fc00::/7', 'fe80::/10'],
];

/**
 * Where a device heard on a link with `cidrs` can be: on that link, or in a private range. An answer that names loopback,
 * multicast or a far address is a mistake or a trick to make this machine talk to someone else.
 */
export function believableRange(cidrs: readonly string[]): AddressRange {
  return rangeOf([...privateRanges, ...cidrs]);
}
