import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../../core/errors.ts';

/** What decides between the Dockerfiles of a directory. */
export interface DeviceKind {
  /** e.g. `raspberrypi4-64` */
  readonly deviceType?: string | undefined;
  /** e.g. `aarch64`, in the device's own words */
  readonly arch?: string | undefined;
}

export interface FoundDockerfile {
  /** Absolute path. */
  readonly file: string;
  /** `%%NAME%%` variables are replaced in all but a plain Dockerfile. */
  readonly kind: 'device-type' | 'arch' | 'template' | 'plain';
}

/**
 * The Dockerfile to use of those named `name` (`Dockerfile`, or `Dockerfile.dev`, relative to `directory`): the device
 * type's (`name.raspberrypi3`) before the architecture's (`name.aarch64`) before `name.template` before `name` itself.
 */
export async function findDockerfile(
  directory: string,
  name: string,
  { deviceType, arch }: DeviceKind,
): Promise<FoundDockerfile | undefined> {
  const base = path.resolve(directory, name);
  const candidates: FoundDockerfile[] = [
    ...(deviceType ? [{ file: `${base}.${deviceType}`, kind: 'device-type' as const }] : []),
    ...(arch ? [{ file: `${base}.${arch}`, kind: 'arch' as const }] : []),
    { file: `${base}.template`, kind: 'template' },
    { file: base, kind: base.endsWith('.template') ? 'template' : 'plain' },
  ];
  for (const candidate of candidates) if (await isPresent(candidate.file)) return candidate;
  return undefined;
}

async function isPresent(file: string): Promise<boolean> {
  try {
    return !(await lstat(file)).isDirectory();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}
