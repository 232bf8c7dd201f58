/** Asks devices who they are, with nothing that needs a person, a key or trust. */
import { OsError } from '../../core/errors.ts';
import { combineIdentity } from '../../device/combine-identity.ts';
import type { DeviceIdentity } from '../../device/identity.ts';
import { probeAddressesInTurn } from '../../device/probe-addresses.ts';
import type { RunOnHost } from '../../device/probe.ts';
import { ports } from '../../net/ports.ts';
import { openTcp } from '../../net/tcp.ts';
import type { Authentication } from '../../ssh/keys/authentication.ts';
import type { HostKeyPolicy } from '../../ssh/connect/host-keys.ts';
import type { SshSession } from '../../ssh/session.ts';

/** Any host key is accepted: no secret is offered, and the answers are only printed or compared. */
const anyHostKey: HostKeyPolicy = {
  read: () => Promise.resolve({ types: [], verify: () => undefined, remember: () => Promise.resolve() }),
};
const noKeys: Authentication = { keyFiles: [], note: () => undefined };

/** Runs scripts over an open session. */
export const runOver =
  (session: SshSession): RunOnHost =>
  async (script, signal) =>
    (await session.run(script, { signal })).stdout.toString('utf8');

/** Runs scripts on the host behind `address` if it lets anybody in, as development devices do. */
export function openHost(address: string, port: number): RunOnHost {
  return async (script, signal) => {
    const { openSshSession } = await import('../../ssh/connect/open-session.ts');
    await using session = await openSshSession({
      address,
      port,
      openSocket: innerSignal => openTcp(address, port, innerSignal),
      hostKeyName: address,
      authentication: noKeys,
      hostKeys: anyHostKey,
      signal,
    });
    return await runOver(session)(script, signal);
  };
}

/** Time limit for each part of a device to answer during a scan. */
const defaultTimeoutMs = 2500;

/**
 * Returns the identity of the device at these addresses (best first), as far as it can be read without a login. Throws
 * OsError `device-unreachable` if none of its ports answers.
 */
export async function probeAddresses(
  found: { readonly addresses: readonly string[]; readonly port?: number },
  signal: AbortSignal,
  timeoutMs = defaultTimeoutMs,
): Promise<DeviceIdentity> {
  const [first, ...others] = found.addresses.map(address => ({
    address,
    run: openHost(address, found.port ?? ports.ssh),
  }));
  if (first === undefined) throw new Error('a device without an address');
  const facts = await probeAddressesInTurn(
    first,
    () => Promise.resolve(others),
    { scope: 'identity', timeoutMs },
    signal,
  );
  const identity = combineIdentity(facts);
  if (identity.engine === null && identity.supervisor === null && !identity.isSshOpen)
    throw new OsError(
      'device-unreachable',
      `${first.address} advertises itself, but none of its ports answers`,
    );
  return identity;
}
