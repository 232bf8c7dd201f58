/** IPv4 addresses as numbers, for arithmetic on networks. */

import { isIPv4 } from 'node:net';

/** Number of addresses in a network of that prefix length. */
export const ipv4NetworkSize = (prefixLength: number): number => 2 ** (32 - prefixLength);

export const formatIPv4 = (address: number): string =>
  [24, 16, 8, 0].map(shift => Math.floor(address / 2 ** shift) % 256).join('.');

export interface IPv4Network {
  /** The network address as a number. */
  readonly base: number;
  readonly prefixLength: number;
}

/** Returns the network of `text` (`10.0.0.7/8`, or one address); undefined if it is invalid. */
export function findIPv4Network(text: string): IPv4Network | undefined {
  const [address = '', length = '32', ...rest] = text.split('/');
  if (!isIPv4(address) || !/^\d{1,2}$/.test(length) || Number(length) > 32 || rest.length > 0)
    return undefined;
  const number = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const size = ipv4NetworkSize(Number(length));
  return { base: Math.floor(number / size) * size, prefixLength: Number(length) };
}

export const formatIPv4Network = ({ base, prefixLength }: IPv4Network): string =>
  `${formatIPv4(base)}/${prefixLength.toString()}`;
