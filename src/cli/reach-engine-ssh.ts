import { OsError } from '../core/errors.ts';
import type { DeviceTarget } from '../device/target.ts';
import { openEngine } from '../engine/open-engine.ts';
import { readEngineVersion } from '../engine/read-version.ts';
import type { OpenSocket } from '../engine/socket-agent.ts';
import type { SshSession } from '../ssh/session.ts';
import type { ReachedEngine, ReachEngineOptions } from './reached-engine.ts';
import { reachHost } from './reach-host.ts';

/** Where engines listen on a device: balenaEngine, its releases 2.9 to 2.23, Docker. */
const socketPaths = ['/run/balena-engine.sock', '/var/run/balena.sock', '/var/run/docker.sock'];

const isMissing = (error: unknown): boolean => error instanceof OsError && error.code === 'socket-missing';

/** Opens connections to the engine's socket, wherever it is. Throws OsError `device-unreachable` when it is nowhere. */
async function findSocket(session: SshSession, where: string): Promise<OpenSocket> {
  for (const path of socketPaths) {
    try {
      (await session.openUnixSocket(path)).destroy();
      return () => session.openUnixSocket(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  throw new OsError('device-unreachable', `${where} has no engine: ${socketPaths.join(', ')} do not answer`, {
    hint: 'is its engine running? `os ssh` gets you a shell',
  });
}

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
    const openSocket = await findSocket(session, name);
    const { apiVersion, architecture } = await readEngineVersion(openSocket, signal);
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
