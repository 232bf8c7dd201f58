import type { Socket } from 'node:net';
import { OsError } from '../../core/errors.ts';
import type { Candidate, Lookup } from '../../device/candidate.ts';
import { ports } from '../../net/ports.ts';
import { readDeviceInfo, type DeviceInfo } from '../../device/info.ts';
import type { ProbedAddress } from '../../device/probe-addresses.ts';
import { reachDevice } from '../../device/reach-device.ts';
import { openTcp, PortFailure } from '../../net/tcp.ts';
import { unreachable } from '../../device/unreachable.ts';
import { avahiLabel } from '../../device/target.ts';
import { chooseDevice } from '../choose-device.ts';
import { systemLookup } from '../find/lookup.ts';
import { rememberDevices } from '../memory.ts';
import { cannotVerify, prove } from '../prove.ts';
import type { ReachContext } from '../reach-context.ts';
import type { ModeFinding } from '../../supervisor/mode/supervisor-mode.ts';
import { openUserHost, proveKnown } from './prove-known.ts';
import { readSupervisorMode, supervisorStateOf, supervisorUnitOf } from './read-supervisor-mode.ts';

/** Facts that a device reports, and the mode of its supervisor. */
export interface FullInfo extends DeviceInfo {
  readonly supervisorMode: ModeFinding;
}

/** A connection to a device's SSH port under way, so that one is enough. */
interface OpenPorts {
  readonly ssh: Promise<Socket>;
}

/** Connects to a device's ports; the first that accepts shows that the device is there. */
async function openPorts(
  to: Candidate,
  enginePorts: readonly number[],
  attemptSignal: AbortSignal,
  signal: AbortSignal,
): Promise<OpenPorts> {
  const ssh = openTcp(to.address, ports.ssh, signal);
  const engines = enginePorts.map(async port => {
    (await openTcp(to.address, port, attemptSignal)).destroy();
  });
  await Promise.any([ssh, ...engines]);
  return { ssh };
}

/** Closes an unused connection, also one that is still being opened. */
async function hangUp({ ssh }: OpenPorts): Promise<void> {
  await ssh.then(
    socket => socket.destroy(),
    () => undefined,
  );
}

/** Converts a shut port to its reason, for the error that is printed. */
function explainShut(error: unknown): never {
  throw error instanceof PortFailure ? unreachable(error.answer.address, [error.answer]) : error;
}

/** The other addresses at which the network knows the device, IPv4 first. */
async function findOthers(
  { address: reached, host }: Candidate,
  lookup: Lookup,
  context: ReachContext,
): Promise<ProbedAddress[]> {
  const addresses: string[] = [];
  if (host?.endsWith('.local') === true)
    for await (const address of lookup.resolveMdns(host, context.signal))
      if (address !== reached && !lookup.isOwnAddress(address)) addresses.push(address);
  return addresses
    .sort((a, b) => Number(a.includes(':')) - Number(b.includes(':')))
    .map(address => ({
      address,
      run: openUserHost(
        { address, host },
        signal => openTcp(address, ports.ssh, signal).catch(explainShut),
        context,
      ),
    }));
}

/**
 * Reads all facts about the device that `named` or its absence chooses. Throws as `chooseDevice` and `readDeviceInfo`
 * do.
 */
export async function readInfo(named: string | undefined, context: ReachContext): Promise<FullInfo> {
  const { signal } = context;
  const target = await chooseDevice(named, context);
  const enginePorts = target.port === null ? ports.engine : [target.port];
  const lookup = systemLookup(context);
  const { candidate, value: open } = await reachDevice<OpenPorts>({
    target,
    lookup,
    signal,
    dial: async (to, attempt) => {
      if (to.source === 'known') await proveKnown(to, enginePorts, { ...context, signal: attempt.signal });
      return openPorts(to, enginePorts, attempt.signal, signal);
    },
    dispose: hangUp,
  });
  const run = openUserHost(candidate, () => open.ssh.catch(explainShut), context);
  const elsewhere = (): Promise<ProbedAddress[]> => findOthers(candidate, lookup, context);
  const info = await readDeviceInfo(candidate.address, run, { enginePorts, signal, elsewhere }).catch(
    (error: unknown) => {
      const isRefused = error instanceof OsError && error.code === 'auth-refused';
      throw isRefused && candidate.uuidPrefix !== null && candidate.reportedUuid === null
        ? cannotVerify(candidate, error)
        : error;
    },
  );
  const { identity } = info;
  await prove(candidate, {
    port: ports.ssh,
    engineId: identity.engine?.id ?? null,
    hasKnownHostKey: true,
    readUuid: () =>
      identity.uuid === null && info.hostProblem !== null
        ? Promise.reject(new OsError('device-unreachable', info.hostProblem))
        : Promise.resolve(identity.uuid),
  });
  const host =
    candidate.host ?? (identity.hostname === null ? null : `${avahiLabel(identity.hostname)}.local`);
  if (host !== null && identity.uuid !== null)
    await rememberDevices([{ host, addresses: [candidate.address], identity }], context.note);
  const isManaged = info.configuration?.['isManaged'];
  const supervisorMode = await readSupervisorMode(
    {
      address: candidate.address,
      isAnswering: identity.supervisor !== null,
      isManaged: typeof isManaged === 'boolean' ? isManaged : undefined,
      container: supervisorStateOf(supervisorUnitOf(info.units), info.supervisorContainer?.state),
    },
    signal,
  );
  return { ...info, supervisorMode };
}
