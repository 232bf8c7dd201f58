import type { Socket } from 'node:net';
import { openDeadline } from '../core/deadline.ts';
import type { Candidate } from '../device/candidates.ts';
import { readEngine } from '../device/engine-probe.ts';
import { ports } from '../device/identity.ts';
import { readDeviceInfo, type DeviceInfo } from '../device/info.ts';
import { reachDevice } from '../device/reach-device.ts';
import { connectTimeoutMs, openTcp, PortFailure, unproven, unreachable } from '../device/reach.ts';
import { avahiLabel } from '../device/target.ts';
import type { Output } from '../ui/output.ts';
import { browse, rememberDevices } from './browse.ts';
import { systemLookup } from './lookup.ts';
import { chooseDevice, hostKeyNameOf, isHostKeyKnown } from './reach-host.ts';
import { openUserSession } from './ssh-session.ts';

/** Makes sure that a remembered address is still the device's: by its engine's id, else by its host key. */
async function prove(
  to: Candidate,
  enginePorts: readonly number[],
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  using deadline = openDeadline(signal, connectTimeoutMs);
  const engine = await readEngine(to.address, deadline.signal, enginePorts).catch(() => null);
  signal.throwIfAborted();
  if (engine !== null && engine.id !== null && engine.id === to.engineId) return;
  if (!(await isHostKeyKnown(to, ports.ssh))) throw unproven(to.address, ports.ssh);
  const hostKeyName = hostKeyNameOf(to, ports.ssh);
  const openSocket = (within: AbortSignal): Promise<Socket> => openTcp(to.address, ports.ssh, within);
  await using _session = await openUserSession(
    { address: to.address, port: ports.ssh, hostKeyName, openSocket },
    { output, signal },
  );
}

/** A connection to a device's SSH port under way, so that one is enough. */
interface Knocked {
  ssh: Promise<Socket>;
}

/** Knocks at all of a device's ports; the first that accepts shows that somebody is there. */
async function knock(
  to: Candidate,
  enginePorts: readonly number[],
  attemptSignal: AbortSignal,
  signal: AbortSignal,
): Promise<Knocked> {
  const ssh = openTcp(to.address, ports.ssh, signal);
  const engines = enginePorts.map(async port => {
    (await openTcp(to.address, port, attemptSignal)).destroy();
  });
  await Promise.any([ssh, ...engines]);
  return { ssh };
}

/** Closes a connection that nobody used, also one that is still being opened. */
async function hangUp({ ssh }: Knocked): Promise<void> {
  try {
    (await ssh).destroy();
  } catch {
    // It did not open, so there is nothing to close.
  }
}

/** A shut port as the reason that a person is told. */
function explainShut(error: unknown): never {
  throw error instanceof PortFailure ? unreachable(error.answer.address, [error.answer]) : error;
}

/** Everything about the device that `named` or its absence chooses. Throws as `chooseDevice` and `readDeviceInfo` do. */
export async function readInfo(
  named: string | undefined,
  signal: AbortSignal,
  output: Output,
): Promise<DeviceInfo> {
  const target = await chooseDevice(named, { signal, output });
  const enginePorts = target.port === null ? ports.engine : [target.port];
  const { candidate, value: knocked } = await reachDevice<Knocked>({
    target,
    lookup: systemLookup(within => browse(within, output, { isPatient: true })),
    signal,
    dial: async (to, attempt) => {
      if (to.source === 'known') await prove(to, enginePorts, output, attempt.signal);
      return knock(to, enginePorts, attempt.signal, signal);
    },
    dispose: hangUp,
  });
  const info = await readDeviceInfo(
    candidate.address,
    async (script, within) => {
      await using session = await openUserSession(
        {
          address: candidate.address,
          port: ports.ssh,
          hostKeyName: hostKeyNameOf(candidate, ports.ssh),
          openSocket: () => knocked.ssh.catch(explainShut),
        },
        { output, signal: within },
      );
      return (await session.run(script, { signal: within })).stdout.toString('utf8');
    },
    { enginePorts, signal },
  );
  const { identity } = info;
  const host =
    candidate.host ?? (identity.hostname === null ? null : `${avahiLabel(identity.hostname)}.local`);
  if (host !== null && identity.uuid !== null)
    await rememberDevices([{ host, addresses: [candidate.address], identity }], output);
  return info;
}
