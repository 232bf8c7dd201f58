/**
 * Connects to a device's engine by the device's name: over TCP if its port is open, or through SSH to the engine's
 * socket.
 */
import { readEngine, type EngineFacts } from '../../device/engine-probe.ts';
import type { DeviceIdentity } from '../../device/identity.ts';
import { readGivenFile } from '../../state/given-file.ts';
import { ports } from '../../net/ports.ts';
import { probeDevice } from '../../device/probe.ts';
import { reachDevice } from '../../device/reach-device.ts';
import { openTcp } from '../../net/tcp.ts';
import { avahiLabel, type DeviceTarget } from '../../device/target.ts';
import type { Candidate } from '../../device/candidate.ts';
import { engineIdOf } from '../../device/known-devices.ts';
import { openEngine } from '../../engine/open-engine.ts';
import { chooseDevice } from '../choose-device.ts';
import { systemLookup } from '../find/lookup.ts';
import { openHost } from '../find/probe.ts';
import { openAnyHost, readUuid } from '../host/read-uuid.ts';
import { knownDevices, rememberDevices } from '../memory.ts';
import { noteOwnAddress } from '../own-address.ts';
import { prove } from '../prove.ts';
import type { ReachContext } from '../reach-context.ts';
import { hostKeyNameOf } from '../host/known-host-keys.ts';
import { openUserSession } from '../host/user-session.ts';
import { dialEngine } from './dial-engine.ts';
import { openHostPorts } from './host-ports.ts';
import { openProvenSockets } from './proven-sockets.ts';
import { openEngineOverSsh } from './reach-engine-ssh.ts';
import { suggestSsh } from './suggest-ssh.ts';
import { engineGone, type EngineRequest, type ReachedEngine } from './reached-engine.ts';

/** Time limit for each of the device's ports to identify the device. */
const identifyTimeoutMs = 4000;

/** Returns the stored identity of the device with the same engine, else reads it from the device and stores it. */
function openIdentify(
  candidate: Candidate,
  facts: EngineFacts,
  request: EngineRequest,
  context: ReachContext,
): (signal: AbortSignal) => Promise<DeviceIdentity | null> {
  return async signal => {
    const known = (await knownDevices().list()).find(
      device => facts.id !== null && engineIdOf(device) === facts.id && device.identity?.deviceType != null,
    );
    if (known?.identity != null) return known.identity;
    const run = openAnyHost(candidate, request, { ...context, askPassphrase: undefined });
    const identity = await probeDevice(candidate.address, run, signal, identifyTimeoutMs);
    const { hostname, uuid } = identity;
    const host = candidate.host ?? (hostname === null ? null : `${avahiLabel(hostname)}.local`);
    if (host !== null && uuid !== null && candidate.source !== 'typed')
      await rememberDevices(
        [{ host, addresses: [candidate.address], identity, engineId: facts.id }],
        context.note,
      );
    return identity;
  };
}

async function openOverTcp(
  target: DeviceTarget,
  request: EngineRequest,
  context: ReachContext,
): Promise<ReachedEngine> {
  const { signal } = context;
  const port = request.enginePort ?? target.port;
  const { candidate, value: facts } = await reachDevice<EngineFacts>({
    target,
    lookup: systemLookup(context),
    signal,
    dial: async (to, attempt) => {
      const found = await dialEngine(to.address, port === null ? ports.engine : [port], attempt.signal);
      const run = openAnyHost(to, request, { ...context, signal: attempt.signal });
      await prove(to, {
        port: found.port,
        engineId: found.id,
        hasKnownHostKey: false,
        readUuid: () => readUuid(run, attempt.signal),
      });
      return found;
    },
    dispose: () => Promise.resolve(),
    suggest: answers => suggestSsh(answers, openTcp, signal),
  });
  const { address, host } = candidate;
  noteOwnAddress(
    context,
    address,
    `the engine of ${facts.hostname ?? 'a host without a name'} (${facts.osName ?? 'unknown OS'})`,
  );
  if (host !== null && candidate.source === 'network')
    await rememberDevices([{ host, addresses: [address], identity: null, engineId: facts.id }], context.note);
  const name = host ?? target.text;
  const forever = new AbortController().signal;
  const openProven = openProvenSockets({
    address,
    engineId: facts.id,
    open: () => openTcp(address, facts.port, forever),
    readEngineId: async within => (await readEngine(address, within, [facts.port]))?.id ?? null,
    nowMs: () => Date.now(),
  });
  const openSocket = (): ReturnType<typeof openProven> =>
    openProven().catch((error: unknown) => {
      throw engineGone(name, error);
    });
  const hostPorts = openHostPorts(() =>
    openUserSession(
      {
        address,
        port: ports.ssh,
        hostKeyName: hostKeyNameOf(candidate, ports.ssh),
        openSocket: innerSignal => openTcp(address, ports.ssh, innerSignal),
      },
      request,
      { ...context, askPassphrase: undefined },
    ),
  );
  const engine = await openEngine({
    where: name,
    openSocket,
    keepAlive: true,
    engineApi: facts.apiVersion ?? '1.24',
    ending: context.signal,
    close: async () => {
      await hostPorts[Symbol.asyncDispose]();
    },
  });
  return {
    engine,
    address,
    name,
    port: facts.port,
    openSocket,
    architecture: facts.architecture,
    engineId: facts.id,
    rootDirectory: facts.rootDirectory,
    runOnHost: openHost(address, ports.ssh),
    openOnHost: hostPort => hostPorts.open(hostPort),
    identify: openIdentify(candidate, facts, request, context),
  };
}

/**
 * Reaches the engine of the device that `named` or its absence chooses. Throws as `chooseDevice` and `reachDevice` do, and
 * OsError `usage` for a key that cannot be read, whether or not the way in needs one.
 */
export async function reachEngine(request: EngineRequest, context: ReachContext): Promise<ReachedEngine> {
  if (request.identityFile !== undefined) await readGivenFile(request.identityFile, { what: 'the key' });
  const target = await chooseDevice(request.named, context);
  return request.via === 'ssh'
    ? openEngineOverSsh(target, request, context)
    : openOverTcp(target, request, context);
}
