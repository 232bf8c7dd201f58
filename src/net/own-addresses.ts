/**
 * Addresses that lead to this machine itself. Connecting to one of them reaches a program of this machine, so none of
 * them is ever taken for a device's.
 */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { errnoOf } from '../core/errors.ts';
import { rangeOf, withoutZone, type AddressRange } from './address-range.ts';

/** Loopback and "any address", which the system also connects to itself. */
const alwaysOwn = ['127.0.0.0/8', '0.0.0.0/32', '::1/128', '::/128'];

/** The local routes in the text of /proc/net/fib_trie, e.g. `172.17.0.1/32`. */
export function parseLocalRoutes(fibTrie: string): string[] {
  const cidrs: string[] = [];
  let address = '';
  for (const line of fibTrie.split('\n')) {
    address = /\|-- (\S+)/.exec(line)?.[1] ?? address;
    const length = /\/(\d+) host LOCAL/.exec(line)?.[1];
    if (length !== undefined) cidrs.push(`${address}/${length}`);
  }
  return cidrs;
}

/** The addresses in the text of /proc/net/if_inet6, e.g. `fe80:0:…:1/128`. */
export function parseInterfaceAddresses(ifInet6: string): string[] {
  return ifInet6.split('\n').flatMap(line => {
    const digits = /^[0-9a-f]{32} /.exec(line)?.[0].trim();
    return digits === undefined ? [] : [`${digits.match(/.{4}/g)?.join(':') ?? ''}/128`];
  });
}

function readKernelFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return '';
  }
}

/**
 * Returns the addresses that lead to this machine now. Linux lists all of them in /proc/net; Node omits those of
 * interfaces without a carrier, such as the bridge of an engine that runs no container.
 */
export function readOwnAddresses(): AddressRange {
  const ofInterfaces = Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map(({ address, family }) => `${withoutZone(address)}/${family === 'IPv4' ? '32' : '128'}`),
  );
  const ofKernel =
    process.platform === 'linux'
      ? [
          ...parseLocalRoutes(readKernelFile('/proc/net/fib_trie')),
          ...parseInterfaceAddresses(readKernelFile('/proc/net/if_inet6')),
        ]
      : [];
  const range = rangeOf([...alwaysOwn, ...ofInterfaces, ...ofKernel]);
  return { has: address => range.has(withoutZone(address)) };
}
