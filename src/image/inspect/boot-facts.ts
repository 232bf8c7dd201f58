import {
  composeOs,
  osVersionOf,
  parseLayers,
  parseOsRelease,
  type OsComposition,
} from '../../core/os-release.ts';
import { isIgnoredFile } from '../../host/network/check-connection-file.ts';
import { findDirectory, findPath, isMarkedDirty, readFileOf, type FatVolume } from '../fat/read-volume.ts';
import { isFlasherLabel } from './roles.ts';

/** Facts about the OS in an image, from its boot partition. */
export interface BootFacts {
  readonly label: string;
  /** True if the image installs the OS from this medium onto the device's own storage. */
  readonly isFlasher: boolean;
  readonly os: OsComposition & {
    readonly name: string | undefined;
    readonly version: string | undefined;
    readonly variant: 'development' | 'production';
    readonly deviceType: string | undefined;
    readonly deviceName: string | undefined;
    readonly arch: string | undefined;
    readonly machine: string | undefined;
  };
  /** config.json; undefined if it is missing or cannot be read, which `problems` reports. Contains secrets. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
  /** NetworkManager connections that the device will use. */
  readonly connections: readonly string[];
  readonly splash: { readonly path: string; readonly sizeBytes: number } | undefined;
  /** Faults of the partition or its files, a sentence each. */
  readonly problems: readonly string[];
}

const splashPaths = ['splash/balena-logo.png', 'splash/resin-logo.png'] as const;
const mostTextBytes = 2 ** 22;

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textIn = (object: Json | undefined, key: string): string | undefined => {
  const value = object?.[key];
  return typeof value === 'string' ? value : undefined;
};

/** True for what NetworkManager leaves alone, such as `resin-sample.ignore`, and for certificates that connections name. */
export const isIgnoredConnection = (name: string): boolean =>
  isIgnoredFile(name) || /\.(?:cer|crt|key|p12|pac)$/i.test(name);

async function readText(volume: FatVolume, path: string): Promise<string | undefined> {
  const entry = await findPath(volume, path);
  if (entry === undefined || entry.isDirectory || entry.sizeBytes > mostTextBytes) return undefined;
  return (await readFileOf(volume, entry)).toString('utf8');
}

/** Reads the object in a file of JSON; adds faults to `problems`. */
async function readJson(volume: FatVolume, path: string, problems: string[]): Promise<Json | undefined> {
  const text = await readText(volume, path);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
    problems.push(`${path} is not a JSON object`);
  } catch {
    problems.push(`${path} is not valid JSON: the device would ignore it`);
  }
  return undefined;
}

/**
 * Reads the facts of the boot partition `volume`, labelled `label`. Throws OsError `image-invalid` if it is damaged.
 */
export async function readBootFacts(volume: FatVolume, label: string): Promise<BootFacts> {
  const problems: string[] = [];
  if (isMarkedDirty(volume))
    problems.push('the boot partition was not unmounted by whoever wrote to it last');
  const osRelease = parseOsRelease((await readText(volume, 'os-release')) ?? '');
  const deviceType = await readJson(volume, 'device-type.json', problems);
  const config = await readJson(volume, 'config.json', problems);
  if (config === undefined && (await findPath(volume, 'config.json')) === undefined)
    problems.push('config.json is missing');
  const layers = parseLayers((await readText(volume, 'image-version-info')) ?? '');
  const fingerprint =
    (await readText(volume, 'balenaos.fingerprint')) ?? (await readText(volume, 'resinos.fingerprint'));
  const connections = (await findDirectory(volume, 'system-connections'))?.entries ?? [];
  const mode = config?.['developmentMode'];
  const variantId = osRelease['VARIANT_ID'];
  const isDevelopment =
    variantId === 'dev' || (variantId === undefined && (mode === true || mode === 'true'));
  const splashes = await Promise.all(
    splashPaths.map(async path => ({ path, entry: await findPath(volume, path) })),
  );
  const splash = splashes.find(({ entry }) => entry !== undefined);
  return {
    label,
    isFlasher: isFlasherLabel(label),
    os: {
      name: osRelease['NAME'],
      version: osVersionOf(osRelease),
      variant: isDevelopment ? 'development' : 'production',
      deviceType:
        textIn(deviceType, 'slug') ??
        osRelease['SLUG'] ??
        textIn(config, 'deviceType') ??
        osRelease['MACHINE'],
      deviceName: textIn(deviceType, 'name'),
      arch: textIn(deviceType, 'arch'),
      machine: osRelease['MACHINE'],
      ...composeOs(osRelease, {
        layers,
        fingerprintFiles: fingerprint?.split('\n').filter(line => line.trim() !== '').length,
      }),
    },
    config,
    connections: connections
      .filter(({ isDirectory, name }) => !isDirectory && !isIgnoredConnection(name))
      .map(({ name }) => name),
    splash:
      splash?.entry === undefined ? undefined : { path: splash.path, sizeBytes: splash.entry.sizeBytes },
    problems,
  };
}
