import { OsError } from '../../core/errors.ts';
import type { BlockReader } from '../blocks/block-device.ts';
import { parseSuperblock, superblockAt, superblockBytes } from '../ext4/superblock.ts';
import { isFatBootSector } from '../fat/geometry.ts';
import { isMarkedDirty, openVolume, readVolumeLabel, type FatVolume } from '../fat/read-volume.ts';

export interface FileSystem {
  /** `fat16`, `fat32`, `ext4`, … in blkid's terms; `empty` if there are only zeros, `unknown` for the rest. */
  readonly kind: string;
  readonly label: string | undefined;
  readonly uuid: string | undefined;
  readonly sizeBytes: number | undefined;
  readonly freeBytes: number | undefined;
  /** False if it was not unmounted, or has recorded errors. */
  readonly isClean: boolean | undefined;
  /** Reason why it cannot be used although its kind is known. */
  readonly problem: string | undefined;
}

const probeBytes = 8192;

const signatures: readonly (readonly [kind: string, at: number, text: string])[] = [
  ['exfat', 3, 'EXFAT   '],
  ['ntfs', 3, 'NTFS    '],
  ['squashfs', 0, 'hsqs'],
  ['swap', 4086, 'SWAPSPACE2'],
  ['crypto_LUKS', 0, 'LUKS\xba\xbe'],
  // Its label is in one of the first four sectors.
  ...[24, 536, 1048, 1560].map(at => ['LVM2_member', at, 'LVM2 001'] as const),
  ['linux_raid_member', 0, '\xfc\x4e\x2b\xa9'],
  ['linux_raid_member', 4096, '\xfc\x4e\x2b\xa9'],
  ['bcache', 4120, '\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81'],
];

const nothingMore = {
  label: undefined,
  uuid: undefined,
  sizeBytes: undefined,
  freeBytes: undefined,
  isClean: undefined,
  problem: undefined,
} as const;

async function readFat(partition: BlockReader): Promise<readonly [FileSystem, FatVolume | undefined]> {
  try {
    const volume = await openVolume(partition);
    const { geometry, table } = volume;
    const fileSystem = {
      kind: geometry.kind,
      label: await readVolumeLabel(volume),
      uuid: geometry.serial,
      sizeBytes: geometry.clusters * geometry.clusterBytes,
      freeBytes: table.freeClusters * geometry.clusterBytes,
      isClean: !isMarkedDirty(volume),
      problem: undefined,
    };
    return [fileSystem, volume];
  } catch (error) {
    if (!(error instanceof OsError) || error.code !== 'image-invalid') throw error;
    return [{ ...nothingMore, kind: 'vfat', problem: error.message }, undefined];
  }
}

/** The places of the uberblocks in the first label of ZFS, whose own first 8 KiB are empty; each begins with a number. */
const zfsRing = { at: 128 * 1024, bytes: 128 * 1024, stepBytes: 1024, magic: 0x00bab10cn } as const;

async function isZfs(partition: BlockReader): Promise<boolean> {
  const { at, bytes, stepBytes, magic } = zfsRing;
  if (partition.sizeBytes === undefined || partition.sizeBytes < at + bytes) return false;
  const ring = await partition.read(at, bytes);
  for (let offset = 0; offset < bytes; offset += stepBytes)
    if (ring.readBigUInt64LE(offset) === magic || ring.readBigUInt64BE(offset) === magic) return true;
  return false;
}

/** Identifies the file system in `partition`, and opens its volume if it is FAT16 or FAT32. */
export async function identifyFileSystem(
  partition: BlockReader,
): Promise<readonly [FileSystem, FatVolume | undefined]> {
  const head = await partition.read(0, Math.min(probeBytes, partition.sizeBytes ?? probeBytes));
  const known = signatures.find(([, at, text]) => head.toString('latin1', at, at + text.length) === text);
  if (known !== undefined) return [{ ...nothingMore, kind: known[0] }, undefined];
  const superblock = parseSuperblock(head.subarray(superblockAt, superblockAt + superblockBytes));
  if (superblock !== undefined) return [{ ...superblock, problem: undefined }, undefined];
  if (isFatBootSector(head)) return readFat(partition);
  if (await isZfs(partition)) return [{ ...nothingMore, kind: 'zfs_member' }, undefined];
  return [{ ...nothingMore, kind: head.every(byte => byte === 0) ? 'empty' : 'unknown' }, undefined];
}
