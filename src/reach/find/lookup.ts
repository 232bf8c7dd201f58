import { lookup as resolveSystemName } from 'node:dns/promises';
import type { Lookup } from '../../device/candidate.ts';
import { errnoOf } from '../../core/errors.ts';
import { readOwnAddresses } from '../../net/own-addresses.ts';
import { knownDevices } from '../memory.ts';
import type { ReachContext } from '../reach-context.ts';
import { browse } from './browse.ts';
import { findEmulated } from './emulated.ts';

/** Time limit for resolving a name; with the dial around it, a name nobody has fails in about two seconds. */
const resolveTimeoutMs = 1800;

async function resolveDns(host: string): Promise<string[]> {
  try {
    return (await resolveSystemName(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    // The resolver's reason does not matter: the caller reports that the name does not resolve.
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}

/** Finds devices on this machine and its networks: state directory, emulator, mDNS, system resolver. */
export function systemLookup(context: Pick<ReachContext, 'note'>): Lookup {
  return {
    known: knownDevices(),
    async *resolveMdns(host, signal) {
      const { resolveHost } = await import('../../discovery/resolve-host.ts');
      yield* resolveHost(host, { signal, timeoutMs: resolveTimeoutMs });
    },
    resolveDns,
    browse: signal => browse(signal, context, { isPatient: true }),
    isOwnAddress: address => readOwnAddresses().has(address),
    findEmulated,
  };
}
