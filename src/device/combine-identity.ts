import type { EngineFacts } from './engine-probe.ts';
import type { HostFacts } from './host-facts.ts';
import type { DeviceIdentity, Variant } from './identity.ts';
import type { SupervisorFacts } from './supervisor-probe.ts';
import { textAt } from './http-get.ts';

/** What each of a device's doors told; null is a door that did not open. */
export interface ProbedFacts {
  engine: EngineFacts | null;
  supervisor: SupervisorFacts | null;
  host: HostFacts | null;
  isSshOpen: boolean;
}

/** `uname -m` to the names that device types use; others stay as they are. */
const archNames: Record<string, string> = {
  x86_64: 'amd64',
  armv7l: 'armv7hf',
  armv6l: 'rpi',
  i686: 'i386',
  i586: 'i386',
};

const semver = /^\d+\.\d+\.\d+/;

/** A machine as `uname -m` names it, in the words of device types. */
export const archOf = (machine: string | null): string | null =>
  machine === null ? null : (archNames[machine] ?? machine);

/**
 * Development and production are told apart by os-release's VARIANT_ID (releases before 2.85), then by config.json's
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

/** VERSION where it is a semantic version, else VERSION_ID: before 2.38 VERSION_ID was the layer's version, not the OS's. */
function osVersionOf({ osRelease }: HostFacts): string | null {
  const { VERSION, VERSION_ID } = osRelease;
  if (VERSION !== undefined && semver.test(VERSION)) return VERSION;
  return VERSION_ID ?? VERSION ?? null;
}

/** One identity out of all that was probed. */
export function combineIdentity(facts: ProbedFacts): DeviceIdentity {
  const { engine, supervisor, host } = facts;
  const architecture = engine?.architecture ?? host?.machine ?? null;
  return {
    uuid: host === null ? null : textAt(host.config, 'uuid'),
    hostname: host?.hostname ?? engine?.hostname ?? null,
    variant: variantOf(facts),
    osVersion: (host === null ? null : osVersionOf(host)) ?? engine?.osVersion ?? null,
    osName: host?.osRelease['PRETTY_NAME'] ?? engine?.osName ?? null,
    deviceType: host?.deviceType ?? supervisor?.deviceType ?? null,
    arch: host?.arch ?? supervisor?.arch ?? archOf(architecture),
    engine:
      engine === null
        ? null
        : { port: engine.port, version: engine.version, apiVersion: engine.apiVersion, id: engine.id },
    supervisor: supervisor === null ? null : { port: supervisor.port, version: supervisor.version },
    isSshOpen: facts.isSshOpen || host !== null,
  };
}
