import { isIPv4, isIPv6 } from 'node:net';

/**
 * 4 or 6 for an IP address of that version, 0 for anything else, as `isIP` of Node.js, whose pattern for version 6 takes milliseconds
 * to make: it is not asked about a name.
 */
export const ipVersionOf = (text: string): 0 | 4 | 6 =>
  isIPv4(text) ? 4 : text.includes(':') && isIPv6(text) ? 6 : 0;
