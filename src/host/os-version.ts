import { osVersionOf, parseOsRelease } from '../core/os-release.ts';
import type { HostFiles } from './host-files.ts';

/** The version of the OS on a device or in an image, which has a copy on its boot partition; undefined if neither says. */
export async function readOsVersion(files: HostFiles, signal: AbortSignal): Promise<string | undefined> {
  const text =
    (await files.read('/etc/os-release', { signal })) ??
    (await files.read('/mnt/boot/os-release', { signal }));
  const version = osVersionOf(parseOsRelease(text?.toString('utf8') ?? ''));
  return version !== undefined && /^\d+\.\d+\.\d+/.test(version) ? version : undefined;
}
