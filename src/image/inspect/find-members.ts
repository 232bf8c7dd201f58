import { OsError } from '../../core/errors.ts';
import type { BlockReader } from '../blocks/block-device.ts';
import { readWindow } from '../blocks/window.ts';
import { identifyFileSystem } from './file-system.ts';
import { inspectImage } from './inspect-image.ts';

const memberKinds = new Set(['crypto_LUKS', 'LVM2_member', 'linux_raid_member', 'bcache', 'zfs_member']);

/** Returns the kinds of members of volumes (LUKS, LVM, RAID, …) on a drive, whole or in its partitions. */
export async function findMembers(device: BlockReader): Promise<readonly string[]> {
  const kinds = new Set<string>();
  const [whole] = await identifyFileSystem(readWindow(device, 0, device.sizeBytes ?? 0));
  kinds.add(whole.kind);
  try {
    for await (const step of inspectImage(device))
      if (step.type === 'partition' && step.partition.fileSystem !== undefined)
        kinds.add(step.partition.fileSystem.kind);
  } catch (error) {
    // A drive without a valid table is common.
    if (!(error instanceof OsError) || error.code !== 'image-invalid') throw error;
  }
  return [...kinds].filter(kind => memberKinds.has(kind));
}
