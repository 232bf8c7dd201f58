import { OsError } from '../core/errors.ts';
import { combineIdentity } from './combine-identity.ts';
import type { EngineFacts } from './engine-probe.ts';
import type { HostFacts } from './host-facts.ts';
import type { DeviceIdentity } from './identity.ts';
import { probeAddressesInTurn, type ProbedAddress } from './probe-addresses.ts';
import type { RunOnHost } from './probe.ts';
import type { SupervisorContainer } from './supervisor-container.ts';

/** All known facts about one device; null: not known, because the port that reports it is shut. */
export interface DeviceInfo {
  readonly address: string;
  readonly identity: DeviceIdentity;
  readonly kernel: string | null;
  readonly uptimeS: number | null;
  readonly memory: HostFacts['memory'];
  readonly storage: HostFacts['storage'] | null;
  readonly components: HostFacts['components'] | null;
  /** The layers and revisions that the OS is built from. */
  readonly composition: HostFacts['composition'] | null;
  readonly units: HostFacts['units'] | null;
  /** Settings of config.json that hold no secret. */
  readonly configuration: Record<string, unknown> | null;
  readonly engine: Pick<EngineFacts, 'storageDriver' | 'containers' | 'images'> | null;
  /** The supervisor's container, as the engine shows it. */
  readonly supervisorContainer: SupervisorContainer | null;
  /** Reason why the host OS could not be queried, in one line; null when it was. */
  readonly hostProblem: string | null;
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

/** Time limit for each part; longer than a scan's, since a person named this one device and boards are slow. */
const timeoutMs = 8000;

export interface InfoOptions {
  readonly enginePorts?: readonly number[];
  readonly signal: AbortSignal;
  /** Returns the device's other addresses, which are probed for the facts that the first one does not report. */
  readonly elsewhere?: () => Promise<readonly ProbedAddress[]>;
}

/**
 * Reads all facts of a device. If some of its ports are shut, returns the rest; if all are, throws the host's failure,
 * or OsError `device-unreachable`.
 */
export async function readDeviceInfo(
  address: string,
  run: RunOnHost,
  { enginePorts, signal, elsewhere = () => Promise.resolve([]) }: InfoOptions,
): Promise<DeviceInfo> {
  const facts = await probeAddressesInTurn(
    { address, run },
    elsewhere,
    { scope: 'everything', enginePorts, timeoutMs },
    signal,
  );
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
    composition: host?.composition ?? null,
    units: host?.units ?? null,
    configuration: openConfiguration(host?.config ?? null),
    engine:
      engine === null
        ? null
        : { storageDriver: engine.storageDriver, containers: engine.containers, images: engine.images },
    supervisorContainer: facts.supervisorContainer ?? null,
    hostProblem: hostFailure?.message ?? null,
  };
}
