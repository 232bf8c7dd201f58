import type { Duplex } from 'node:stream';
import { OsError, type ErrorCode } from '../../core/errors.ts';
import { combineIdentity } from '../../device/combine-identity.ts';
import { readHostFacts } from '../../device/probe.ts';
import type { DeviceTarget } from '../../device/target.ts';
import { openEngine } from '../../engine/open-engine.ts';
import { runOver } from '../find/probe.ts';
import { reachLastingHost } from '../host/lasting-host.ts';
import type { ReachContext } from '../reach-context.ts';
import { findEngineWay } from './engine-ways.ts';
import { engineGone, type EngineRequest, type ReachedEngine } from './reached-engine.ts';

/** Errors seen while a device, or its engine, is still starting. */
const startingCodes: ReadonlySet<ErrorCode> = new Set([
  'device-not-found',
  'device-unreachable',
  'network-unavailable',
  'socket-missing',
]);

/** The engine of the device `target` names, all of it over one SSH connection, which is opened again when it is lost. */
export async function openEngineOverSsh(
  target: DeviceTarget,
  request: EngineRequest,
  context: ReachContext,
): Promise<ReachedEngine> {
  const { identityFile, username } = request;
  const { session, lasting, address, host } = await reachLastingHost(
    // A port after the device's name is its engine's; the SSH server has its own.
    { target: { ...target, port: null }, identityFile, username },
    context,
  );
  try {
    const name = host ?? target.text;
    const enginePort = request.enginePort ?? target.port;
    const { open, version } = await findEngineWay(session, {
      where: name,
      enginePort,
      signal: context.signal,
    });
    const { apiVersion, architecture } = version;
    const openSocket = async (): Promise<Duplex> => {
      try {
        return await open(await lasting.get());
      } catch (error) {
        throw error instanceof OsError && startingCodes.has(error.code) ? engineGone(name, error) : error;
      }
    };
    const engine = await openEngine({
      where: name,
      openSocket,
      keepAlive: false,
      engineApi: apiVersion,
      ending: context.signal,
      close: async () => {
        await lasting[Symbol.asyncDispose]();
      },
    });
    return {
      engine,
      address,
      name,
      port: null,
      openSocket,
      architecture,
      engineId: null,
      rootDirectory: null,
      openOnHost: async hostPort => (await lasting.get()).openPort(hostPort),
      runOnHost: async (script, signal) => runOver(await lasting.get())(script, signal),
      identify: async signal => {
        const facts = await readHostFacts(runOver(await lasting.get()), 'identity', signal);
        return combineIdentity({ engine: null, supervisor: null, host: facts, isSshOpen: true });
      },
    };
  } catch (error) {
    await lasting[Symbol.asyncDispose]();
    throw error;
  }
}
