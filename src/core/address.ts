import { isIPv4, isIPv6 } from 'node:net';

/** An IP address as it stands in a URL or before a port: IPv6 in brackets (RFC 3986 §3.2.2). A host name is as it was. */
export const inBrackets = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** `10.0.0.5:80`, `[::1]:80`, `board.local:80`. */
export const addressAndPort = (address: string, port: number | string): string =>
  `${inBrackets(address)}:${port.toString()}`;

/**
 * 4 or 6 for an IP address of that version, 0 for anything else, as `isIP` of Node.js, whose pattern for version 6 takes milliseconds
 * to make: it is not asked about a name.
 */
export const ipVersionOf = (text: string): 0 | 4 | 6 =>
  isIPv4(text) ? 4 : text.includes(':') && isIPv6(text) ? 6 : 0;
