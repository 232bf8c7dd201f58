import { httpGet, jsonOf, textAt } from './http-get.ts';
import { ports, type EngineIdentity } from './identity.ts';

/** What an engine says of itself and of the host it runs on (`GET /version`, `GET /info`). */
export interface EngineFacts extends EngineIdentity {
  hostname: string | null;
  osName: string | null;
  osVersion: string | null;
  /** As `uname -m`, e.g. `x86_64`. */
  architecture: string | null;
  memoryBytes: number | null;
  storageDriver: string | null;
  /** Where it keeps images, on the host. */
  rootDirectory: string | null;
  containers: { running: number; total: number } | null;
  images: number | null;
}

const numberAt = (value: unknown, key: string): number | null => {
  const found =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return typeof found === 'number' && Number.isFinite(found) ? found : null;
};

/** `/info` makes an engine look at much; one that is too slow for it is told without. */
async function readInfo(address: string, port: number, signal: AbortSignal): Promise<unknown> {
  try {
    return jsonOf((await httpGet(address, port, '/info', signal)).body);
  } catch {
    return undefined;
  }
}

async function readEngineAt(address: string, port: number, signal: AbortSignal): Promise<EngineFacts> {
  const infoReading = readInfo(address, port, signal);
  const version = jsonOf((await httpGet(address, port, '/version', signal)).body);
  const apiVersion = textAt(version, 'ApiVersion');
  if (apiVersion === null) throw new Error(`port ${port.toString()} is not a Docker engine`);
  const info = await infoReading;
  const [running, total] = [numberAt(info, 'ContainersRunning'), numberAt(info, 'Containers')];
  return {
    port,
    version: textAt(version, 'Version'),
    apiVersion,
    id: textAt(info, 'ID'),
    hostname: textAt(info, 'Name'),
    osName: textAt(info, 'OperatingSystem'),
    osVersion: textAt(info, 'OSVersion'),
    architecture: textAt(info, 'Architecture') ?? textAt(version, 'Arch'),
    memoryBytes: numberAt(info, 'MemTotal'),
    storageDriver: textAt(info, 'Driver'),
    rootDirectory: textAt(info, 'DockerRootDir'),
    containers: running === null || total === null ? null : { running, total },
    images: numberAt(info, 'Images'),
  };
}

/** Asks the engine on every port it may listen on at the same time; the first that answers wins. null: none answers. */
export async function readEngine(
  address: string,
  signal: AbortSignal,
  enginePorts: readonly number[] = ports.engine,
): Promise<EngineFacts | null> {
  const won = new AbortController();
  const either = AbortSignal.any([signal, won.signal]);
  try {
    return await Promise.any(enginePorts.map(port => readEngineAt(address, port, either)));
  } catch {
    signal.throwIfAborted();
    return null;
  } finally {
    won.abort();
  }
}
