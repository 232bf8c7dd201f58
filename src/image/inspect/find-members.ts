import { OsError } from '../../core/errors.ts';
import type { BlockReader } from '../blocks/block-device.ts';
import { readWindow } from '../blocks/window.ts';
import { readLogicalPartitions } from '../tables/mbr.ts';
import type { Partition } from '../tables/partition-table.ts';
import { readPartitionTable } from '../tables/read-table.ts';
import { identifyFileSystem } from './file-system.ts';

const memberKinds = new Set(['crypto_LUKS', 'LVM2_member', 'linux_raid_member', 'bcache', 'zfs_member']);

const KiB = 1024;

/** Returns the offsets of a Linux RAID superblock in the formats 0.90 and 1.0, which lie behind a seemingly plain file system. */
const raidPlaces = (sizeBytes: number): number[] =>
  [
    Math.floor(sizeBytes / (64 * KiB)) * 64 * KiB - 64 * KiB,
    Math.floor((sizeBytes - 8 * KiB) / (4 * KiB)) * 4 * KiB,
  ].filter(at => at >= 0);

async function isRaidAtEnd(part: BlockReader): Promise<boolean> {
  for (const at of raidPlaces(part.sizeBytes ?? 0))
    if ((await part.read(at, 4)).readUInt32LE(0) === 0xa92b4efc) return true;
  return false;
}

/** Returns the partitions that can be found: a drive without a valid table is common. */
async function findPartitions(device: BlockReader): Promise<readonly Partition[]> {
  const partitions: Partition[] = [];
  try {
    const table = await readPartitionTable(device);
    partitions.push(...table.partitions);
    for await (const it of readLogicalPartitions(device, table, () => undefined)) partitions.push(it);
  } catch (error) {
    if (!(error instanceof OsError) || error.code !== 'image-invalid') throw error;
  }
  return partitions;
}

/** Returns the kinds of members of volumes (LUKS, LVM, RAID, …) on a drive, whole or in its partitions. */
export async function findMembers(device: BlockReader): Promise<readonly string[]> {
  const driveBytes = device.sizeBytes ?? 0;
  const kinds = new Set<string>();
  for (const { startBytes, sizeBytes } of [
    { startBytes: 0, sizeBytes: driveBytes },
    ...(await findPartitions(device)),
  ]) {
    if (startBytes >= driveBytes) continue;
    const part = readWindow(device, startBytes, Math.min(sizeBytes, driveBytes - startBytes));
    const [{ kind }] = await identifyFileSystem(part);
    kinds.add(kind);
    if (await isRaidAtEnd(part)) kinds.add('linux_raid_member');
  }
  return [...kinds].filter(kind => memberKinds.has(kind));
}
