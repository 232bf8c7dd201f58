import { OsError } from '../../core/errors.ts';
import type { BlockReader } from '../blocks/block-device.ts';
import { readGpt } from './gpt.ts';
import { readMbr, readPlainMbr } from './mbr.ts';
import type { PartitionTable } from './partition-table.ts';

/** The bytes at the beginning of an image that a partition table is recognised by. */
export const tableProbeBytes = 8192;

/**
 * Reads the partition table: an MBR's primary partitions, or a GPT (its backup if the first copy is damaged and the
 * size of the device is known). Throws OsError `image-invalid` if there is no valid table.
 */
export async function readPartitionTable(device: BlockReader): Promise<PartitionTable> {
  const head = await device.read(0, Math.min(tableProbeBytes, device.sizeBytes ?? tableProbeBytes));
  // A GPT that no MBR announces is left from what was on the drive before: Linux does not read it either.
  const table = readPlainMbr(device, head) ?? (await readGpt(device, head)) ?? readMbr(device, head);
  return table ?? refuse(head);
}

function refuse(head: Buffer): never {
  throw new OsError('image-invalid', `there is no partition table: ${describeHead(head)}`, {
    hint: 'give the image of a whole drive, as the OS is published',
  });
}

function describeHead(head: Buffer): string {
  if (head.every(byte => byte === 0)) return 'it begins with zeros';
  if (/^FAT(12|16|32)|^EXFAT/.test(head.toString('latin1', 54, 90))) return 'it is a bare FAT file system';
  if (head.toString('latin1', 82, 85) === 'FAT') return 'it is a bare FAT file system';
  if (head.length > 1082 && head.readUInt16LE(1080) === 0xef53) return 'it is a bare ext4 file system';
  if (head.toString('latin1', 0, 200).includes('<bmap')) return 'it is a block map (.bmap), not an image';
  return 'it begins with neither an MBR nor a GPT';
}
