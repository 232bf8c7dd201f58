import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { isLinkLocal, rangeOf, zoneOf, type AddressRange } from '../../net/address-range.ts';

/** One way out of this machine: an interface with an IPv4 address, or its IPv6 side. */
export interface Link {
  readonly interface: string;
  readonly family: 4 | 6;
  /** The local address; for IPv6 a link-local one if there is one, without zone. */
  readonly address: string;
  /** The prefixes of all the interface's addresses, e.g. `10.0.0.7/24`. */
  readonly cidrs: string[];
  /** The zone after `%` in a link-local IPv6 address: the interface's name, its number on Windows. */
  readonly zone: string;
}

/**
 * True if queries on the interface make sense: IFF_MULTICAST is among its flags (linux/if.h), and it is not merely a
 * port of a bridge, which has the addresses. Also true if the system does not report the flags.
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
    const zone = zoneOf(name, best.scopeid);
    return [...links, { interface: name, family: 6, address: best.address, cidrs, zone }];
  });
}

const privateRanges = [
  ...['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  ...['fc00::/7', 'fe80::/10'],
];

/**
 * Returns the addresses that a device on a link with `cidrs` can have: those of that link, and private ranges. An
 * answer with a loopback, multicast or far address is a mistake, or an attempt to make this machine connect to somebody
 * else.
 */
export function believableRange(cidrs: readonly string[]): AddressRange {
  return rangeOf([...privateRanges, ...cidrs]);
}
