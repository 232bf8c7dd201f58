import type { DeviceTarget } from '../device/target.ts';
import { openEngine } from '../engine/open-engine.ts';
import { findEngineWay } from './engine-ways.ts';
import type { ReachedEngine, ReachEngineOptions } from './reached-engine.ts';
import { reachHost } from './reach-host.ts';

/** The engine of the device `target` names, all of it over one SSH connection. */
export async function openEngineOverSsh(
  target: DeviceTarget,
  options: ReachEngineOptions,
): Promise<ReachedEngine> {
  const { output, signal, identityFile } = options;
  const { session, address, host } = await reachHost(
    // A port behind the name is the engine's where engines are meant, so it says nothing of SSH.
    target,
    { output, signal, identityFile },
  );
  try {
    const name = host ?? target.text;
    const { openSocket, version } = await findEngineWay(session, name, signal);
    const { apiVersion, architecture } = version;
    const engine = await openEngine({
      ...{ where: name, openSocket, keepAlive: false, engineApi: apiVersion },
      close: async () => {
        await session[Symbol.asyncDispose]();
      },
    });
    return {
      ...{ engine, address, name, architecture, rootDirectory: null },
      runOnHost: async (script, within) =>
        (await session.run(script, { signal: within })).stdout.toString('utf8'),
    };
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}
