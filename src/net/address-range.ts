import { BlockList, isIPv4 } from 'node:net';

/** A set of IP addresses. */
export interface AddressRange {
  /** True if `address`, written without a zone, is in the range. */
  has(address: string): boolean;
}

/** The addresses in any of `cidrs`. */
export function rangeOf(cidrs: readonly string[]): AddressRange {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', prefix] = cidr.split('/');
    list.addSubnet(network, Number(prefix), isIPv4(network) ? 'ipv4' : 'ipv6');
  }
  return { has: address => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6') };
}

/** True if `address` (with or without a zone) is in fe80::/10. */
export const isLinkLocal = (address: string): boolean => /^fe[89ab][0-9a-f]:/i.test(address);

/** `address` without `%zone`. */
export const withoutZone = (address: string): string => address.split('%', 1)[0] ?? address;

/** The zone of an interface in a link-local address: its name, and on Windows, where Node takes no name, its number. */
export const zoneOf = (
  name: string,
  scopeId: number | undefined,
  platform: NodeJS.Platform = process.platform,
): string => (platform === 'win32' ? String(scopeId ?? 0) : name);
