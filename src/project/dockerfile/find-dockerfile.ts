import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../../core/errors.ts';

/** The device's properties that select one of the Dockerfiles of a directory. */
export interface DeviceKind {
  /** e.g. `raspberrypi4-64` */
  readonly deviceType?: string | undefined;
  /** e.g. `aarch64`, in the device's own words */
  readonly arch?: string | undefined;
}

/** Returns the device's properties; unknown ones are undefined. */
export type AskDevice = () => Promise<DeviceKind>;

export interface FoundDockerfile {
  /** Absolute path. */
  readonly file: string;
  /** `%%NAME%%` variables are replaced in all but a plain Dockerfile. */
  readonly kind: 'device-type' | 'arch' | 'template' | 'plain';
  /** Names of other files that may apply to the device, if its type or architecture is unknown. */
  readonly undecided: readonly string[];
}

/** Architectures as devices name them. */
const architectures = ['aarch64', 'amd64', 'armv7hf', 'armv5e', 'rpi', 'i386', 'i386-nlp'];
/** Families of device types: an ending like these is a board's, not a service's. */
const boards =
  /^(?:raspberry|rpi|fincm3|balena-?fin|beagle|intel-|generic|qemu|jetson|odroid|up-|asus-|nanopi|orange-?pi|banana-?pi|rock|radxa|khadas|imx|iot-gate|coral|colibri|apalis|verdin|var-|variscite|artik|surface|npe-|revpi|nitrogen|hummingboard|parallella|ccimx|photon|ts[47]\d|.*-tx2|.*-nano$|.*-evm$|.*-imx)/;
/** Endings that people give to Dockerfiles which have nothing to do with devices. */
const otherEndings =
  /^(?:template|dockerignore|dev|devel|development|prod|production|test|tests|testing|ci|debug|release|local|base|build|builder|dist|docs|example|sample|orig|bak|old|new|swp|alpine|debian|ubuntu|windows|gpu|cpu|cuda|node|python)(?:[._-].*)?$/i;

/**
 * Returns the Dockerfile to use among those named `name` (`Dockerfile`, or `Dockerfile.dev`, relative to `directory`):
 * the device type's (`name.raspberrypi3`) before the architecture's (`name.aarch64`) before `name.template` before
 * `name` itself. Queries the device only if there are such files.
 */
export async function findDockerfile(
  directory: string,
  name: string,
  askDevice: AskDevice,
): Promise<FoundDockerfile | undefined> {
  const base = path.resolve(directory, name);
  const endings = await listEndings(base);
  const { deviceType, arch } = endings.length === 0 ? {} : await askDevice();
  const undecided = endings
    .filter(it =>
      architectures.includes(it) ? arch === undefined : boards.test(it) && deviceType === undefined,
    )
    .map(it => `${path.basename(base)}.${it}`);
  const candidates: Omit<FoundDockerfile, 'undecided'>[] = [
    ...(deviceType ? [{ file: `${base}.${deviceType}`, kind: 'device-type' as const }] : []),
    ...(arch ? [{ file: `${base}.${arch}`, kind: 'arch' as const }] : []),
    { file: `${base}.template`, kind: 'template' },
    { file: base, kind: base.endsWith('.template') ? 'template' : 'plain' },
    // Docker also accepts a Dockerfile called `dockerfile`.
    ...(name === 'Dockerfile'
      ? [{ file: path.resolve(directory, 'dockerfile'), kind: 'plain' as const }]
      : []),
  ];
  for (const candidate of candidates)
    if (await isFile(candidate.file))
      return { ...candidate, undecided: candidate.kind === 'device-type' ? [] : undecided };
  const [first] = undecided;
  return first === undefined
    ? undefined
    : { file: path.join(path.dirname(base), first), kind: 'arch', undecided };
}

/** Returns the part after `base.` in the names of its siblings, if it may be a device type or an architecture. */
async function listEndings(base: string): Promise<string[]> {
  const start = `${path.basename(base)}.`;
  const names = await readdir(path.dirname(base)).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return [];
    throw error;
  });
  return names
    .flatMap(it => (it.startsWith(start) ? [it.slice(start.length)] : []))
    .filter(it => /^[a-z0-9][a-z0-9-]*$/.test(it) && !otherEndings.test(it))
    .sort();
}

async function isFile(file: string): Promise<boolean> {
  try {
    return !(await lstat(file)).isDirectory();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}
