/** What a device is asked beside a scan: nothing that needs a person, a key or trust. */
import { OsError } from '../core/errors.ts';
import { ports, type DeviceIdentity } from '../device/identity.ts';
import { probeDevice, type RunOnHost } from '../device/probe.ts';
import { openTcp } from '../device/reach.ts';
import type { HostKeyPolicy } from '../ssh/host-keys.ts';
import type { Authentication } from '../ssh/authentication.ts';

/** No secret is offered, so whoever answers learns nothing; what it says is only shown. */
const anybody: HostKeyPolicy = { knownTypes: () => Promise.resolve([]), check: () => Promise.resolve() };
const nothing: Authentication = { keyFiles: [], note: () => undefined };

/** Runs scripts on the host behind `address` where it lets anybody in, as development devices do. */
export function openHost(address: string, port: number): RunOnHost {
  return async (script, signal) => {
    const { openSshSession } = await import('../ssh/open-session.ts');
    await using session = await openSshSession({
      address,
      port,
      openSocket: within => openTcp(address, port, within),
      hostKeyName: address,
      authentication: nothing,
      hostKeys: anybody,
      signal,
    });
    return (await session.run(script, { signal })).stdout.toString('utf8');
  };
}

/**
 * Who is at these addresses (best first), as far as the doors open to anybody tell. Throws OsError
 * `device-unreachable` when every door is shut.
 */
export async function probeAddresses(
  found: { addresses: readonly string[]; port?: number },
  signal: AbortSignal,
  doorTimeoutMs?: number,
): Promise<DeviceIdentity> {
  const [address] = found.addresses;
  if (address === undefined) throw new Error('a device without an address');
  const identity = await probeDevice(
    address,
    openHost(address, found.port ?? ports.ssh),
    signal,
    doorTimeoutMs,
  );
  if (identity.engine === null && identity.supervisor === null && !identity.isSshOpen)
    throw new OsError('device-unreachable', `${address} advertises itself, but none of its ports answers`);
  return identity;
}
