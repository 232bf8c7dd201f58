import type { Duplex } from 'node:stream';
import { OsError, type ErrorCode } from '../core/errors.ts';
import { ports } from '../device/identity.ts';
import type { DeviceTarget } from '../device/target.ts';
import { openEngine } from '../engine/open-engine.ts';
import { findEngineWay } from './engine-ways.ts';
import { engineGone, type ReachedEngine, type ReachEngineOptions } from './reached-engine.ts';
import { reachLastingHost } from './lasting-host.ts';

/** As a device that is starting, or an engine that is, is met. */
const absences: ReadonlySet<ErrorCode> = new Set([
  'device-not-found',
  'device-unreachable',
  'network-unavailable',
  'socket-missing',
]);

/** The engine of the device `target` names, all of it over one SSH connection, opened again when it is lost. */
export async function openEngineOverSsh(
  target: DeviceTarget,
  options: ReachEngineOptions,
): Promise<ReachedEngine> {
  const { output, signal, identityFile } = options;
  const { session, lasting, address, host } = await reachLastingHost(
    // A port that engines have says nothing of SSH, as in `$OS_DEVICE` or `os.yml`.
    (ports.engine as readonly (number | null)[]).includes(target.port) ? { ...target, port: null } : target,
    { output, signal, identityFile },
  );
  try {
    const name = host ?? target.text;
    const { open, version } = await findEngineWay(session, name, signal);
    const { apiVersion, architecture } = version;
    const openSocket = async (): Promise<Duplex> => {
      try {
        return await open(await lasting.get());
      } catch (error) {
        throw error instanceof OsError && absences.has(error.code) ? engineGone(name, error) : error;
      }
    };
    const engine = await openEngine({
      ...{ where: name, openSocket, keepAlive: false, engineApi: apiVersion },
      close: async () => {
        await lasting[Symbol.asyncDispose]();
      },
    });
    return {
      ...{ engine, address, name, architecture, rootDirectory: null },
      runOnHost: async (script, within) =>
        (await (await lasting.get()).run(script, { signal: within })).stdout.toString('utf8'),
    };
  } catch (error) {
    await lasting[Symbol.asyncDispose]();
    throw error;
  }
}
