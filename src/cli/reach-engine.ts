/** From a device's name to its engine: over TCP where its port is open, or through SSH to the engine's socket. */
import type { Socket } from 'node:net';
import { openDeadline } from '../core/deadline.ts';
import { OsError } from '../core/errors.ts';
import { readEngine, type EngineFacts } from '../device/engine-probe.ts';
import { ports } from '../device/identity.ts';
import { reachDevice } from '../device/reach-device.ts';
import { openTcp, PortFailure, unproven } from '../device/reach.ts';
import type { DeviceTarget } from '../device/target.ts';
import { openEngine } from '../engine/open-engine.ts';
import { browse, rememberDevices } from './browse.ts';
import { systemLookup } from './lookup.ts';
import { openEngineOverSsh } from './reach-engine-ssh.ts';
import { openHost } from './probe.ts';
import { chooseDevice } from './reach-host.ts';
import { engineGone, type ReachedEngine, type ReachEngineOptions } from './reached-engine.ts';

/** An engine that does not tell its version in this time is given up. */
const answerTimeoutMs = 8000;

/** The engine on `port`. Throws PortFailure. */
async function knockAt(
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<{ socket: Socket; facts: EngineFacts }> {
  const socket = await openTcp(address, port, signal);
  try {
    using deadline = openDeadline(signal, answerTimeoutMs);
    const facts = await readEngine(address, deadline.signal, [port]);
    signal.throwIfAborted();
    if (facts === null) throw new PortFailure({ address, port, said: 'no engine there' });
    return { socket, facts };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The first engine that answers at `address`. Throws an AggregateError of PortFailures. */
async function dial(
  address: string,
  enginePorts: readonly number[],
  signal: AbortSignal,
): Promise<EngineFacts> {
  const won = new AbortController();
  const either = AbortSignal.any([signal, won.signal]);
  const knocks = enginePorts.map(async port => {
    const { socket, facts } = await knockAt(address, port, either);
    socket.destroy();
    return facts;
  });
  try {
    return await Promise.any(knocks);
  } finally {
    won.abort();
  }
}

/** Where the engine's port is shut and SSH is open, that is the way in. */
async function suggestSsh(error: unknown, target: DeviceTarget, signal: AbortSignal): Promise<unknown> {
  if (!(error instanceof OsError) || error.code !== 'device-unreachable' || target.kind !== 'address')
    return error;
  try {
    (await openTcp(target.address, ports.ssh, signal)).destroy();
  } catch {
    return error;
  }
  return new OsError(error.code, error.message, {
    hint: 'its SSH port is open, as on a production device: try --via ssh',
    cause: error,
  });
}

async function openOverTcp(target: DeviceTarget, options: ReachEngineOptions): Promise<ReachedEngine> {
  const { signal, output } = options;
  const port = options.enginePort ?? target.port;
  const { candidate, value: facts } = await reachDevice<EngineFacts>({
    target,
    lookup: systemLookup(within => browse(within, output, { isPatient: true })),
    signal,
    dial: async (to, attempt) => {
      const facts = await dial(to.address, port === null ? ports.engine : [port], attempt.signal);
      if (to.source === 'known' && (facts.id === null || facts.id !== to.engineId))
        throw unproven(to.address, facts.port);
      return facts;
    },
    dispose: () => Promise.resolve(),
  }).catch(async (error: unknown) => {
    throw await suggestSsh(error, target, signal);
  });
  const { address, host } = candidate;
  if (host !== null && candidate.source === 'network')
    await rememberDevices([{ host, addresses: [address], identity: null, engineId: facts.id }], output);
  const name = host ?? target.text;
  const engine = await openEngine({
    where: name,
    openSocket: () =>
      openTcp(address, facts.port, new AbortController().signal).catch((error: unknown) => {
        throw engineGone(name, error);
      }),
    keepAlive: true,
    engineApi: facts.apiVersion ?? '1.24',
  });
  return {
    ...{ engine, address, name, architecture: facts.architecture, rootDirectory: facts.rootDirectory },
    runOnHost: openHost(address, ports.ssh),
  };
}

/** Reaches the engine of the device that `named` or its absence chooses. Throws as `chooseDevice` and `reachDevice` do. */
export async function reachEngine(options: ReachEngineOptions): Promise<ReachedEngine> {
  const target = await chooseDevice(options.named, options);
  return options.via === 'ssh' ? openEngineOverSsh(target, options) : openOverTcp(target, options);
}
