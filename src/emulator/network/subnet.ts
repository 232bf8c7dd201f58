import { OsError } from '../../core/errors.ts';
import {
  findIPv4Network,
  formatIPv4,
  formatIPv4Network,
  ipv4NetworkSize,
  type IPv4Network,
} from '../../net/ipv4.ts';

export type Subnet = IPv4Network;

/** Throws OsError `usage` where `text` is no network that devices can live in. */
export function parseSubnet(text: string): Subnet {
  const subnet = findIPv4Network(text);
  if (subnet !== undefined && subnet.prefixLength >= 16 && subnet.prefixLength <= 28) return subnet;
  throw new OsError('usage', `not a network for devices: ${JSON.stringify(text)}`, {
    hint: 'write it like 10.213.0.0/24, with a length from 16 to 28',
  });
}

/** True if the two networks share an address. */
export const isOverlapping = (a: Subnet, b: Subnet): boolean =>
  a.base < b.base + ipv4NetworkSize(b.prefixLength) && b.base < a.base + ipv4NetworkSize(a.prefixLength);

/** The machine's own address in the network: the first one. */
export const gatewayOf = (subnet: Subnet): string => formatIPv4(subnet.base + 1);

/** Returns the first address for a device that is not in `taken`. Throws OsError `busy` when the network is full. */
export function findFreeAddress(subnet: Subnet, taken: ReadonlySet<string>): string {
  for (let host = 2; host < ipv4NetworkSize(subnet.prefixLength) - 1; host++) {
    const address = formatIPv4(subnet.base + host);
    if (!taken.has(address)) return address;
  }
  throw new OsError('busy', `the network ${formatIPv4Network(subnet)} has no address left`, {
    hint: 'remove a device with `os emulator rm`, or choose a larger --subnet',
  });
}

/** Networks tried in turn when the user names none. */
export const defaultSubnets: readonly Subnet[] = Array.from({ length: 32 }, (_, i) =>
  parseSubnet(`10.213.${i.toString()}.0/24`),
);
