/**
 * The MBR and its chain of extended boot records. The start of a logical partition counts from its own record; the link
 * to the next record counts from the extended partition.
 */
import { OsError } from '../../core/errors.ts';
import type { BlockReader } from '../blocks/block-device.ts';
import { findMisplaced, type Partition, type PartitionTable } from './partition-table.ts';

const sectorBytes = 512;
const protectiveType = 0xee;
const extendedTypes = new Set([0x05, 0x0f, 0x85]);
/** More logical partitions than any image has; a chain that is longer is damaged. */
const mostLogical = 128;

interface Slot {
  readonly status: number;
  readonly type: number;
  readonly start: number;
  readonly sectors: number;
}

function readSlots(sector: Buffer): readonly Slot[] | undefined {
  if (sector.length < sectorBytes || sector.readUInt16LE(510) !== 0xaa55) return undefined;
  return [0, 1, 2, 3].map(index => {
    const at = 446 + index * 16;
    return {
      status: sector.readUInt8(at),
      type: sector.readUInt8(at + 4),
      start: sector.readUInt32LE(at + 8),
      sectors: sector.readUInt32LE(at + 12),
    };
  });
}

const isUsed = ({ type, sectors }: Slot): boolean => type !== 0 && sectors > 0;

function toPartition(slot: Slot, number: number, baseBytes: number, isLogical: boolean): Partition {
  return {
    number,
    startBytes: baseBytes + slot.start * sectorBytes,
    sizeBytes: slot.sectors * sectorBytes,
    type: slot.type.toString(16).padStart(2, '0'),
    name: undefined,
    isLogical,
  };
}

/** Like `readMbr`; undefined also for an MBR that announces a GPT. */
export function readPlainMbr(device: BlockReader, head: Buffer): PartitionTable | undefined {
  const isProtective = readSlots(head)?.some(({ type }) => type === protectiveType) === true;
  return isProtective ? undefined : readMbr(device, head);
}

/** Reads the MBR in `head`, the beginning of `device`; undefined if there is none. */
export function readMbr(device: BlockReader, head: Buffer): PartitionTable | undefined {
  const slots = readSlots(head);
  if (slots === undefined) return undefined;
  const used = slots.map((slot, index) => ({ slot, number: index + 1 })).filter(({ slot }) => isUsed(slot));
  const isSound = ({ slot: { status, start } }: { readonly slot: Slot }): boolean =>
    (status & 0x7f) === 0 && start > 0;
  // Of an image that is cut off, some begin behind its end.
  const isInside = ({ slot: { start } }: { readonly slot: Slot }): boolean =>
    start * sectorBytes < (device.sizeBytes ?? Infinity);
  if (!used.every(isSound) || !used.some(isInside)) return undefined;
  if (used.some(({ slot }) => slot.type === protectiveType))
    throw new OsError(
      'image-invalid',
      'the partition table is damaged: its MBR announces a GPT, which cannot be read',
    );
  const extended = used.find(({ slot }) => extendedTypes.has(slot.type))?.slot;
  return {
    kind: 'mbr',
    sectorBytes,
    partitions: used
      .filter(({ slot }) => !extendedTypes.has(slot.type))
      .map(({ slot, number }) => toPartition(slot, number, 0, false))
      .sort((a, b) => a.startBytes - b.startBytes),
    extended:
      extended === undefined
        ? undefined
        : { startBytes: extended.start * sectorBytes, sizeBytes: extended.sectors * sectorBytes },
    problems: findMisplaced(
      used.map(({ slot, number }) => toPartition(slot, number, 0, false)),
      device.sizeBytes,
    ),
  };
}

/**
 * Yields the logical partitions of `table`, in the order of their chain. A record that is missing, repeated or outside
 * of the extended partition ends it, with a sentence to `onDamage`.
 */
export async function* readLogicalPartitions(
  device: BlockReader,
  table: PartitionTable,
  onDamage: (problem: string) => void,
): AsyncGenerator<Partition> {
  const { extended } = table;
  if (extended === undefined) return;
  const seen = new Set<number>();
  const end = Math.min(extended.startBytes + extended.sizeBytes, device.sizeBytes ?? Infinity);
  const isReachable = (at: number): boolean =>
    at + sectorBytes <= end && !seen.has(at) && seen.size < mostLogical;
  let number = 5;
  let at = extended.startBytes;
  for (;;) {
    const slots = isReachable(at) ? readSlots(await device.read(at, sectorBytes)) : undefined;
    if (slots === undefined) {
      onDamage(`the chain of logical partitions is damaged at byte ${at.toString()}`);
      return;
    }
    seen.add(at);
    const own = slots.find(slot => isUsed(slot) && !extendedTypes.has(slot.type));
    const next = slots.find(slot => isUsed(slot) && extendedTypes.has(slot.type));
    if (own !== undefined) {
      yield toPartition(own, number, at, true);
      number += 1;
    }
    if (next === undefined) return;
    at = extended.startBytes + next.start * sectorBytes;
  }
}
