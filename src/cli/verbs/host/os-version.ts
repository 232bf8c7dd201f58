import { parseOsRelease } from '../../../core/os-release.ts';
import type { HostFiles } from '../../../host/host-files.ts';

/**
 * The version of the OS on a device or in an image, which has a copy on its boot partition: VERSION where it looks like
 * one, else VERSION_ID; undefined if none of them says.
 */
export async function readOsVersion(files: HostFiles, signal: AbortSignal): Promise<string | undefined> {
  const text =
    (await files.read('/etc/os-release', { signal })) ??
    (await files.read('/mnt/boot/os-release', { signal }));
  const keys = parseOsRelease(text?.toString('utf8') ?? '');
  return [keys['VERSION'], keys['VERSION_ID']].find(version => /^\d+\.\d+\.\d+/.test(version ?? ''));
}
