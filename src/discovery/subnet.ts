import { isIPv4 } from 'node:net';
import { OsError } from '../core/errors.ts';

/** A range of IPv4 addresses to sweep. */
export interface Subnet {
  /** As it should be shown, e.g. `10.0.0.0/24`. */
  cidr: string;
  firstAddress: number;
  count: number;
}

const widestPrefix = 16;

const toNumber = (address: string): number =>
  address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);

const toAddress = (number: number): string =>
  [24, 16, 8, 0].map(shift => Math.floor(number / 2 ** shift) % 256).join('.');

/** `10.0.0.0/24`, `10.0.0.7/24` (the network it is in) or `10.0.0.7` (that host alone). Throws OsError `usage`. */
export function parseSubnet(text: string): Subnet {
  const [address = '', prefixText = '32', ...rest] = text.trim().split('/');
  const prefix = Number(prefixText);
  if (!isIPv4(address) || !/^\d{1,2}$/.test(prefixText) || prefix > 32 || rest.length > 0)
    throw new OsError('usage', `not an IPv4 subnet: ${JSON.stringify(text)}`, {
      hint: 'write it like 192.168.1.0/24 or 192.168.1.20',
    });
  if (prefix < widestPrefix)
    throw new OsError('usage', `the subnet ${text.trim()} is too large to sweep`, {
      hint: `name a /${widestPrefix.toString()} or smaller; --subnet can be given several times`,
    });
  const size = 2 ** (32 - prefix);
  const network = Math.floor(toNumber(address) / size) * size;
  const cidr = `${toAddress(network)}/${prefixText}`;
  // The first and last addresses of a network with hosts are its own name and its broadcast address.
  return prefix > 30
    ? { cidr, firstAddress: network, count: size }
    : { cidr, firstAddress: network + 1, count: size - 2 };
}

/** Every host address of `subnet` in order. */
export function* addressesOf(subnet: Subnet): Generator<string, void, undefined> {
  for (let i = 0; i < subnet.count; i++) yield toAddress(subnet.firstAddress + i);
}
