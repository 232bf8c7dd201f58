import { httpGet } from '../net/http-get.ts';
import { jsonOf, numberAt, textAt } from '../net/json-fields.ts';
import type { EngineIdentity } from './identity.ts';
import { ports } from '../net/ports.ts';

/** Facts that an engine reports about itself and its host (`GET /version`, `GET /info`). */
export interface EngineFacts extends EngineIdentity {
  readonly hostname: string | null;
  readonly osName: string | null;
  readonly osVersion: string | null;
  /** In the form of `uname -m`, e.g. `x86_64`. */
  readonly architecture: string | null;
  readonly memoryBytes: number | null;
  readonly storageDriver: string | null;
  /** Directory on the host in which the engine stores images. */
  readonly rootDirectory: string | null;
  readonly containers: { readonly running: number; readonly total: number } | null;
  readonly images: number | null;
}

/** `/info` is expensive for an engine; the facts of one that is too slow for it are returned without. */
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
