import { OsError } from '../../core/errors.ts';
import { findIPv4Network, formatIPv4, formatIPv4Network, ipv4NetworkSize } from '../../net/ipv4.ts';

/** A range of IPv4 addresses to sweep. */
export interface Subnet {
  /** In the form that is printed, e.g. `10.0.0.0/24`. */
  readonly cidr: string;
  readonly firstAddress: number;
  readonly count: number;
}

const widestPrefix = 16;

/** `10.0.0.0/24`, `10.0.0.7/24` (the network it is in) or `10.0.0.7` (that host alone). Throws OsError `usage`. */
export function parseSubnet(text: string): Subnet {
  const network = findIPv4Network(text.trim());
  if (network === undefined)
    throw new OsError('usage', `not an IPv4 subnet: ${JSON.stringify(text)}`, {
      hint: 'write it like 192.168.1.0/24 or 192.168.1.20',
    });
  const { base, prefixLength } = network;
  if (prefixLength < widestPrefix)
    throw new OsError('usage', `the subnet ${text.trim()} is too large to sweep`, {
      hint: `name a /${widestPrefix.toString()} or smaller; --subnet can be given several times`,
    });
  const cidr = formatIPv4Network(network);
  const size = ipv4NetworkSize(prefixLength);
  // The first and last addresses of a network with hosts are its own name and its broadcast address.
  return prefixLength > 30
    ? { cidr, firstAddress: base, count: size }
    : { cidr, firstAddress: base + 1, count: size - 2 };
}

/** Every host address of `subnet` in order. */
export function* addressesOf(subnet: Subnet): Generator<string, void, undefined> {
  for (let i = 0; i < subnet.count; i++) yield formatIPv4(subnet.firstAddress + i);
}
