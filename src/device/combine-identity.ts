import { osVersionOf } from '../core/os-release.ts';
import type { EngineFacts } from './engine-probe.ts';
import type { HostFacts } from './host-facts.ts';
import type { DeviceIdentity, SeenMode, Variant } from './identity.ts';
import type { SupervisorContainer } from './supervisor-container.ts';
import type { SupervisorFacts } from './supervisor-probe.ts';
import { textAt } from '../net/json-fields.ts';

/** Facts that each port of a device returned; null is a port that did not answer. */
export interface ProbedFacts {
  readonly engine: EngineFacts | null;
  /** The container that the engine shows; undefined if it was not asked, or did not say. */
  readonly supervisorContainer?: SupervisorContainer | undefined;
  readonly supervisor: SupervisorFacts | null;
  readonly host: HostFacts | null;
  readonly isSshOpen: boolean;
}

/** `uname -m` to the names that device types use; others stay as they are. */
const archNames: Record<string, string> = {
  x86_64: 'amd64',
  armv7l: 'armv7hf',
  armv6l: 'rpi',
  i686: 'i386',
  i586: 'i386',
};

/** A machine as `uname -m` names it, in the words of device types. */
export const archOf = (machine: string | null): string | null =>
  machine === null ? null : (archNames[machine] ?? machine);

/**
 * Distinguishes development from production by os-release's VARIANT_ID (releases before 2.85), then by config.json's
 * developmentMode, then by whether the engine's port is open. A development device whose OS has no supervisor at all is
 * a standalone one.
 */
function variantOf(facts: ProbedFacts): Variant | null {
  const { engine, supervisor, host } = facts;
  const variantId = host?.osRelease['VARIANT_ID'];
  const mode = host?.config?.['developmentMode'];
  const isDevelopment =
    variantId === 'dev' || (variantId !== 'prod' && (mode === true || mode === 'true' || engine !== null));
  if (!isDevelopment) return host === null && supervisor === null && !facts.isSshOpen ? null : 'production';
  return host !== null && !host.hasSupervisor && supervisor === null ? 'standalone' : 'development';
}

/** True if config.json names a cloud; undefined if it could not be read. */
const isManaged = (host: HostFacts | null): boolean | undefined =>
  host?.config == null ? undefined : (textAt(host.config, 'apiEndpoint') ?? '') !== '';

/** Without config.json nobody knows if a cloud manages the device: local mode is what counts. */
function modeOf(
  { isLocalMode = null, asksForKey = false }: SupervisorFacts,
  host: HostFacts | null,
): SeenMode | null {
  if (asksForKey) return 'local-mode-off';
  if (isLocalMode === null) return null;
  if (!isLocalMode) return 'local-mode-left';
  return isManaged(host) === false ? 'unmanaged' : 'local-mode';
}

/**
 * Its container runs and its port is closed: a firewall closes it outside of local mode. Without an engine that says so, only a
 * host without its unit tells that there is none.
 */
function silentSupervisorOf({
  supervisor,
  supervisorContainer: container,
  host,
}: ProbedFacts): Exclude<DeviceIdentity['silentSupervisor'], undefined> {
  if (supervisor !== null) return null;
  const version = container?.version ?? null;
  if (container === undefined || container.state === 'absent') {
    if (host !== null && !host.hasSupervisor) return { version, mode: 'none', isModeSure: true };
    if (container === undefined) return null;
    // A host with the unit and without the container is about to start it, or cannot.
    return host === null
      ? { version, mode: 'none', isModeSure: false }
      : { version, mode: 'down', isModeSure: true };
  }
  if (container.state !== 'running') return { version, mode: 'down', isModeSure: true };
  const managed = isManaged(host);
  return {
    version,
    mode: managed === false ? 'local-mode-left' : 'local-mode-off',
    isModeSure: managed !== undefined,
  };
}

/** One identity out of all that was probed. */
export function combineIdentity(facts: ProbedFacts): DeviceIdentity {
  const { engine, supervisor, host } = facts;
  const architecture = engine?.architecture ?? host?.machine ?? null;
  return {
    uuid: host === null ? null : textAt(host.config, 'uuid'),
    hostname: host?.hostname ?? engine?.hostname ?? null,
    variant: variantOf(facts),
    osVersion: (host === null ? undefined : osVersionOf(host.osRelease)) ?? engine?.osVersion ?? null,
    osName: host?.osRelease['PRETTY_NAME'] ?? engine?.osName ?? null,
    deviceType: host?.deviceType ?? supervisor?.deviceType ?? null,
    arch: host?.arch ?? supervisor?.arch ?? archOf(architecture),
    engine:
      engine === null
        ? null
        : { port: engine.port, version: engine.version, apiVersion: engine.apiVersion, id: engine.id },
    supervisor:
      supervisor === null
        ? null
        : {
            port: supervisor.port,
            version: supervisor.version,
            mode: modeOf(supervisor, host),
            isModeSure: modeOf(supervisor, host) !== 'local-mode' || isManaged(host) !== undefined,
          },
    silentSupervisor: silentSupervisorOf(facts),
    isSshOpen: facts.isSshOpen || host !== null,
  };
}
