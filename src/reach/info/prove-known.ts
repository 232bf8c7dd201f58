import type { Socket } from 'node:net';
import { openDeadline } from '../../core/deadline.ts';
import type { Candidate } from '../../device/candidate.ts';
import { readEngine } from '../../device/engine-probe.ts';
import type { RunOnHost } from '../../device/probe.ts';
import { ports } from '../../net/ports.ts';
import { connectTimeoutMs, openTcp } from '../../net/tcp.ts';
import { openHost, runOver } from '../find/probe.ts';
import { hostKeyNameOf, isHostKeyKnown } from '../host/known-host-keys.ts';
import { readUuid } from '../host/read-uuid.ts';
import { openUserSession } from '../host/user-session.ts';
import { prove } from '../prove.ts';
import type { ReachContext } from '../reach-context.ts';

/** Runs scripts on the host at `address` with this user's keys, over the connection that `openSocket` opens. */
export const openUserHost =
  (
    candidate: Pick<Candidate, 'address' | 'host'>,
    openSocket: (signal: AbortSignal) => Promise<Socket>,
    context: ReachContext,
  ): RunOnHost =>
  async (script, signal) => {
    const hostKeyName = hostKeyNameOf(candidate, ports.ssh);
    await using session = await openUserSession(
      { address: candidate.address, port: ports.ssh, hostKeyName, openSocket },
      {},
      { ...context, signal },
    );
    return await runOver(session)(script, signal);
  };

/** Proves that a remembered address is still the device's: by its engine's id, its host key or its UUID. */
export async function proveKnown(
  to: Candidate,
  enginePorts: readonly number[],
  context: ReachContext,
): Promise<void> {
  const { signal } = context;
  using deadline = openDeadline(signal, connectTimeoutMs);
  const engine = await readEngine(to.address, deadline.signal, enginePorts).catch((error: unknown) => {
    signal.throwIfAborted();
    if (!deadline.signal.aborted) throw error;
    return null;
  });
  const isEngineKnown = engine?.id != null && engine.id === to.known?.engineId;
  const hasKnownHostKey = !isEngineKnown && (await isHostKeyKnown(to, ports.ssh));
  // Only a session shows that the server has the key that is known.
  if (hasKnownHostKey)
    await openUserHost(to, within => openTcp(to.address, ports.ssh, within), context)('exit 0', signal);
  await prove(
    // The UUID that was asked for is compared with what the device tells of itself later.
    { ...to, uuidPrefix: null },
    {
      port: ports.ssh,
      engineId: engine?.id ?? null,
      hasKnownHostKey,
      readUuid: () => readUuid(openHost(to.address, ports.ssh), signal),
    },
  );
}
