/** `io.balena.features.*` and `io.resin.features.*`: labels by which a service requests parts of the host. */
import type { BindMount } from './mount.ts';

type MountedFeature = 'journal-logs' | 'dbus' | 'kernel-modules' | 'firmware' | 'sysfs' | 'procfs';

interface FeatureMount {
  readonly source: string;
  readonly target?: string;
  readonly isReadOnly?: boolean;
  readonly isOptional?: boolean;
}

const mounts: Readonly<Record<MountedFeature, readonly FeatureMount[]>> = {
  'journal-logs': [
    { source: '/var/log/journal', isReadOnly: true },
    { source: '/run/log/journal', isReadOnly: true },
    { source: '/etc/machine-id', isReadOnly: true },
  ],
  dbus: [{ source: '/run/dbus', target: '/host/run/dbus', isOptional: false }],
  'kernel-modules': [{ source: '/lib/modules' }],
  firmware: [{ source: '/lib/firmware' }],
  sysfs: [{ source: '/sys', isOptional: false }],
  procfs: [{ source: '/proc', isOptional: false }],
};

const others = [
  'balena-socket',
  'balena-api',
  'supervisor-api',
  'gpu',
  'host-os.board-rev',
  'extra-firmware',
] as const;

export type Feature = MountedFeature | (typeof others)[number];

export const knownFeatures: readonly string[] = [...Object.keys(mounts), ...others];
/** Features that only a supervisor provides: keys of its own API and of a cloud's, board revisions. */
export const supervisorFeatures: readonly Feature[] = ['balena-api', 'supervisor-api', 'host-os.board-rev'];
/** The names from before the OS was called balenaOS. */
const oldNames: Record<string, Feature> = { 'resin-api': 'balena-api', 'balena-engine': 'balena-socket' };

const isTruthy = (value: string): boolean => ['1', 'true', 'on'].includes(value.toLowerCase());

export interface FeatureLabel {
  readonly label: string;
  /** undefined: no device knows this name. */
  readonly feature: Feature | undefined;
}

/** The features that labels switch on, each once, and names that no device knows. */
export function readFeatures(labels: Readonly<Record<string, string>>): FeatureLabel[] {
  const found = new Map<string, FeatureLabel>();
  for (const [label, value] of Object.entries(labels)) {
    const name = /^io\.(?:balena|resin)\.features\.(.+)$/.exec(label)?.[1];
    if (name === undefined || !isTruthy(value)) continue;
    const feature = knownFeatures.includes(name) ? (name as Feature) : oldNames[name];
    found.set(feature ?? label, { label, feature });
  }
  return [...found.values()];
}

/** Facts of the device on which effects of features depend. */
export interface FeatureFacts {
  /** Host path of the engine's socket. */
  readonly engineSocket: string;
}

export interface FeatureEffects {
  readonly mounts: readonly BindMount[];
  /** For services that do not set these themselves. */
  readonly environment: Readonly<Record<string, string>>;
  readonly needsGpu: boolean;
  /** Mounted as volume `extra-firmware` at /extra-firmware. */
  readonly needsExtraFirmware: boolean;
}

const engineSocketTarget = '/host/run/balena-engine.sock';

/** The additions of `features` to a container, those of the on-device supervisor (its src/compose/utils.ts). */
export function featureEffects(features: readonly Feature[], { engineSocket }: FeatureFacts): FeatureEffects {
  const sockets = features.includes('balena-socket')
    ? [...new Set([engineSocketTarget, engineSocket, '/var/run/balena.sock'])].map(target =>
        bind({ source: engineSocket, target, isOptional: false }),
      )
    : [];
  return {
    mounts: [
      ...features.flatMap(feature =>
        feature in mounts ? mounts[feature as keyof typeof mounts].map(bind) : [],
      ),
      ...sockets,
    ],
    environment: sockets.length > 0 ? { DOCKER_HOST: `unix://${engineSocketTarget}` } : {},
    needsGpu: features.includes('gpu'),
    needsExtraFirmware: features.includes('extra-firmware'),
  };
}

interface HostPath {
  readonly source: string;
  readonly target?: string;
  readonly isReadOnly?: boolean;
  readonly isOptional?: boolean;
}

const bind = ({ source, target = source, isReadOnly = false, isOptional = true }: HostPath): BindMount => ({
  type: 'bind',
  source,
  target,
  isReadOnly,
  isOptional,
  propagation: undefined,
  isCreated: false,
});
