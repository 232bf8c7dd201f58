import { OsError } from '../core/errors.ts';
import { combineIdentity } from './combine-identity.ts';
import type { EngineFacts } from './engine-probe.ts';
import type { HostFacts } from './host-facts.ts';
import type { DeviceIdentity } from './identity.ts';
import { probeFacts, type RunOnHost } from './probe.ts';

/** Everything known about one device. null: not known, because the door that tells it did not open. */
export interface DeviceInfo {
  address: string;
  identity: DeviceIdentity;
  kernel: string | null;
  uptimeS: number | null;
  memory: HostFacts['memory'];
  storage: HostFacts['storage'] | null;
  components: HostFacts['components'] | null;
  units: HostFacts['units'] | null;
  /** What is set in config.json and holds no secret. */
  configuration: Record<string, unknown> | null;
  engine: Pick<EngineFacts, 'storageDriver' | 'containers' | 'images'> | null;
  /** Why the host OS could not be asked, in one line; null when it was. */
  hostProblem: string | null;
}

/** Keys of config.json that hold no secret (contract §5.2); the rest is never shown. */
const openKeys = [
  'hostname',
  'developmentMode',
  'persistentLogging',
  'country',
  'ntpServers',
  'dnsServers',
] as const;

function openConfiguration(config: HostFacts['config']): Record<string, unknown> | null {
  if (config === null) return null;
  const shown = Object.fromEntries(
    openKeys.flatMap(key => (config[key] === undefined ? [] : [[key, config[key]]])),
  );
  return { ...shown, isManaged: typeof config['apiEndpoint'] === 'string' && config['apiEndpoint'] !== '' };
}

/** How long each door may take: a person asked for this one device, and boards are slow. */
const doorTimeoutMs = 8000;

/**
 * Asks a device everything. Where some doors are shut the rest is told; where all are, throws the reason the host
 * gave, or OsError `device-unreachable`.
 */
export async function readDeviceInfo(
  address: string,
  run: RunOnHost,
  options: { enginePorts?: readonly number[]; signal: AbortSignal },
): Promise<DeviceInfo> {
  const doors = {
    run,
    scope: 'everything' as const,
    ...(options.enginePorts && { enginePorts: options.enginePorts }),
  };
  const facts = await probeFacts(address, doors, options.signal, doorTimeoutMs);
  const { engine, host, supervisor, hostFailure } = facts;
  if (engine === null && host === null && supervisor === null && hostFailure !== null) throw hostFailure;
  if (hostFailure !== null && !(hostFailure instanceof OsError)) throw hostFailure;
  return {
    address,
    identity: combineIdentity(facts),
    kernel: host?.kernel ?? null,
    uptimeS: host?.uptimeS ?? null,
    memory: host?.memory ?? null,
    storage: host?.storage ?? null,
    components: host?.components ?? null,
    units: host?.units ?? null,
    configuration: openConfiguration(host?.config ?? null),
    engine:
      engine === null
        ? null
        : { storageDriver: engine.storageDriver, containers: engine.containers, images: engine.images },
    hostProblem: hostFailure?.message ?? null,
  };
}
