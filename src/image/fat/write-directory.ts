import { OsError } from '../../core/errors.ts';
import { attributes, slotAt, slotBytes, type FatDirectory, type FatEntry } from './directory.ts';
import { encodeLongName, encodeName } from './names.ts';
import { clusterAt, type WritableVolume } from './read-volume.ts';

/** Fields of a short slot besides the name. */
export interface SlotContent {
  readonly isDirectory: boolean;
  readonly firstCluster: number;
  readonly sizeBytes: number;
  readonly modified: Date;
}

/** Date and time as a directory has them: local time, in steps of two seconds, from 1980 to 2107. */
export function encodeTime(when: Date): { readonly date: number; readonly time: number } {
  const year = Math.min(Math.max(when.getFullYear(), 1980), 2107);
  return {
    date: ((year - 1980) << 9) | ((when.getMonth() + 1) << 5) | when.getDate(),
    time: (when.getHours() << 11) | (when.getMinutes() << 5) | (when.getSeconds() >> 1),
  };
}

/** Writes `content` into a short slot; keeps its other fields. */
export function fillSlot(slot: Buffer, content: SlotContent, isFat32: boolean): void {
  const { date, time } = encodeTime(content.modified);
  slot.writeUInt8(slot.readUInt8(11) | (content.isDirectory ? attributes.directory : attributes.archive), 11);
  slot.writeUInt16LE(date, 18);
  if (isFat32) slot.writeUInt16LE(content.firstCluster >>> 16, 20);
  slot.writeUInt16LE(time, 22);
  slot.writeUInt16LE(date, 24);
  slot.writeUInt16LE(content.firstCluster & 0xffff, 26);
  slot.writeUInt32LE(content.sizeBytes, 28);
}

/** A short slot for a new entry. */
export function newSlot(short: Uint8Array, content: SlotContent, isFat32: boolean): Buffer {
  const slot = Buffer.alloc(slotBytes);
  slot.set(short);
  // A first byte of 0xE5 would mark a deleted slot.
  if (slot[0] === 0xe5) slot[0] = 0x05;
  const { date, time } = encodeTime(content.modified);
  slot.writeUInt16LE(time, 14);
  slot.writeUInt16LE(date, 16);
  fillSlot(slot, content, isFat32);
  return slot;
}

interface FreeRun {
  readonly first: number;
  /** The directory as it is after it may have grown. */
  readonly directory: FatDirectory;
}

/** Finds `count` free slots in a row; extends the directory if it has none. */
async function findFreeRun(volume: WritableVolume, directory: FatDirectory, count: number): Promise<FreeRun> {
  const total = directory.bytes.length / slotBytes;
  let run = 0;
  let isBehindEnd = false;
  for (let index = 0; index < total; index += 1) {
    const first = directory.bytes.readUInt8(index * slotBytes);
    // All slots behind the end are free, whatever their bytes.
    isBehindEnd ||= first === 0;
    run = isBehindEnd || first === 0xe5 ? run + 1 : 0;
    if (run === count) return { first: index - count + 1, directory };
  }
  return findFreeRun(volume, await growDirectory(volume, directory), count);
}

/** Adds a cluster of zeros to `directory`. The chain is extended only when the cluster is on the medium. */
async function growDirectory(volume: WritableVolume, directory: FatDirectory): Promise<FatDirectory> {
  const { device, geometry, table } = volume;
  const last = directory.clusters.at(-1);
  if (last === undefined)
    throw new OsError('no-space', 'no room in the root directory of the boot partition', {
      hint: 'remove what is not needed there',
    });
  const [cluster = 0] = table.allocate(1);
  await device.write(clusterAt(geometry, cluster), Buffer.alloc(geometry.clusterBytes));
  await device.flush();
  await table.flush(device);
  table.link(last, cluster);
  await table.flush(device);
  return {
    ...directory,
    bytes: Buffer.concat([directory.bytes, Buffer.alloc(geometry.clusterBytes)]),
    pieces: [...directory.pieces, clusterAt(geometry, cluster)],
    clusters: [...directory.clusters, cluster],
  };
}

/** Adds an entry to `directory`. Its short slot is written last, and is the commit point. */
export async function addEntry(
  volume: WritableVolume,
  directory: FatDirectory,
  name: string,
  content: SlotContent,
): Promise<void> {
  const { device, geometry } = volume;
  const isFat32 = geometry.kind === 'fat32';
  const { short, needsLong } = encodeName(name, alias =>
    directory.entries.some(entry => entry.short.equals(alias)),
  );
  const longSlots = needsLong ? encodeLongName(name, short) : [];
  const slots = [...longSlots, newSlot(short, content, isFat32)];
  const run = await findFreeRun(volume, directory, slots.length);
  for (const stale of findStale(run.directory, run.first + slots.length))
    await device.write(slotAt(run.directory, stale), Buffer.alloc(slotBytes));
  for (const [index, slot] of longSlots.entries())
    await device.write(slotAt(run.directory, run.first + index), slot);
  await device.flush();
  await device.write(slotAt(run.directory, run.first + slots.length - 1), slots.at(-1) ?? Buffer.alloc(0));
  await device.flush();
}

/**
 * The slots behind the end of `directory`, up to `next`, that hold stale bytes. These would show as files as soon as the
 * slots before them are used.
 */
function findStale({ bytes }: FatDirectory, next: number): readonly number[] {
  const first = (index: number): number => bytes.readUInt8(index * slotBytes);
  const indexes = Array.from({ length: Math.min(next + 1, bytes.length / slotBytes) }, (_, index) => index);
  const end = indexes.find(index => first(index) === 0);
  return end === undefined ? [] : indexes.filter(index => index > end && first(index) !== 0);
}

/** Removes `entry` from `directory`: its short slot first, as the commit point, then those of its long name. */
export async function removeEntry(
  { device }: WritableVolume,
  directory: FatDirectory,
  entry: FatEntry,
): Promise<void> {
  for (let index = entry.slot; index >= entry.firstSlot; index -= 1) {
    await device.write(slotAt(directory, index), Buffer.from([0xe5]));
    if (index === entry.slot) await device.flush();
  }
  await device.flush();
}
