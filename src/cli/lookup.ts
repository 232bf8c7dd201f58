import { lookup as resolveSystemName } from 'node:dns/promises';
import path from 'node:path';
import type { BrowsedDevice, Lookup } from '../device/candidates.ts';
import { openKnownDevices, type KnownDevices } from '../device/known-devices.ts';
import { stateDirectory } from '../state/paths.ts';

/** How long a name is looked for; with the dial around it, a name nobody has fails in about two seconds. */
const resolveTimeoutMs = 1800;

/** The devices met before, in the user's state directory. */
export const knownDevices = (): KnownDevices => openKnownDevices(path.join(stateDirectory(), 'devices'));

async function resolveDns(host: string): Promise<string[]> {
  try {
    return (await resolveSystemName(host, { all: true })).map(({ address }) => address);
  } catch {
    // Whatever the resolver's reason, the name leads nowhere; the caller says so.
    return [];
  }
}

/** Finds devices for real: state directory, mDNS, system resolver. `browse` is the quick scan. */
export function systemLookup(browse: (signal: AbortSignal) => Promise<BrowsedDevice[]>): Lookup {
  return {
    known: knownDevices(),
    async *resolveMdns(host, signal) {
      const { resolveHost } = await import('../discovery/resolve-host.ts');
      yield* resolveHost(host, { signal, timeoutMs: resolveTimeoutMs });
    },
    resolveDns,
    browse,
  };
}
