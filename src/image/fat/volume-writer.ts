/**
 * Changes a FAT volume: data first, then the FAT, then one directory slot, which is the commit point; replaced clusters
 * are freed last. If the machine stops in between, a file has its old or its new content, and no file is lost.
 */
import { OsError } from '../../core/errors.ts';
import type { BlockDevice } from '../blocks/block-device.ts';
import { checkVolume } from './check-volume.ts';
import { slotAt, slotBytes, type FatDirectory, type FatEntry } from './directory.ts';
import { checkName, foldName } from './names.ts';
import {
  clusterAt,
  findEntry,
  findPath,
  openVolume,
  readDirectory,
  readFileOf,
  readRoot,
  splitPath,
  toExtents,
  type FatVolume,
  type WritableVolume,
} from './read-volume.ts';
import { addEntry, fillSlot, newSlot, removeEntry, type SlotContent } from './write-directory.ts';

/**
 * Opens the volume that fills `device` for writing. Throws OsError `image-invalid` if its structure is damaged. Copies
 * of the FAT that differ, as a crash leaves them, become the same with the first change.
 */
export async function openWritableVolume(device: BlockDevice): Promise<WritableVolume> {
  const volume = { ...(await openVolume(device)), device };
  await checkVolume(volume);
  await volume.table.compareCopies(device);
  return volume;
}

const isFat32 = ({ geometry }: FatVolume): boolean => geometry.kind === 'fat32';

/** Writes `bytes` into new clusters and returns these; nothing refers to them yet. */
async function writeContent(volume: WritableVolume, bytes: Uint8Array): Promise<readonly number[]> {
  const { device, geometry, table } = volume;
  const clusters = table.allocate(Math.ceil(bytes.length / geometry.clusterBytes));
  let done = 0;
  for (const { first, count } of toExtents(clusters)) {
    const whole = Buffer.alloc(count * geometry.clusterBytes);
    whole.set(bytes.subarray(done, done + whole.length));
    await device.write(clusterAt(geometry, first), whole);
    done += whole.length;
  }
  if (clusters.length > 0) await device.flush();
  await table.flush(device);
  return clusters;
}

/** Frees `clusters`, then notes the number of free ones in FSInfo. */
async function freeClusters(
  { device, geometry, table }: WritableVolume,
  clusters: readonly number[],
): Promise<void> {
  table.free(clusters);
  await table.flush(device);
  const { infoAt } = geometry;
  if (infoAt === undefined) return;
  const info = await device.read(infoAt, 512);
  if (info.readUInt32LE(0) !== 0x41615252 || info.readUInt32LE(484) !== 0x61417272) return;
  const counts = Buffer.alloc(8);
  counts.writeUInt32LE(table.freeClusters, 0);
  counts.writeUInt32LE(Math.min(table.next, table.last), 4);
  if (info.subarray(488, 496).equals(counts)) return;
  await device.write(infoAt + 488, counts);
  await device.flush();
}

/** Lets the short slot of `entry` refer to other content: a single write within one sector. */
async function replaceContent(
  volume: WritableVolume,
  directory: FatDirectory,
  entry: FatEntry,
  content: { readonly firstCluster: number; readonly sizeBytes: number; readonly modified: Date },
): Promise<void> {
  const at = entry.slot * slotBytes;
  const slot = Buffer.from(directory.bytes.subarray(at, at + slotBytes));
  fillSlot(slot, { isDirectory: false, ...content }, isFat32(volume));
  await volume.device.write(slotAt(directory, entry.slot), slot);
  await volume.device.flush();
}

/** Adds an entry for `clusters`; frees them again if the directory has no room for it. */
async function addEntryOrFree(
  volume: WritableVolume,
  directory: FatDirectory,
  name: string,
  content: SlotContent,
  clusters: readonly number[],
): Promise<void> {
  try {
    await addEntry(volume, directory, name, content);
  } catch (error) {
    if (error instanceof OsError && error.code === 'no-space') await freeClusters(volume, clusters);
    throw error;
  }
}

async function makeDirectory(
  volume: WritableVolume,
  parent: FatDirectory,
  name: string,
  modified: Date,
): Promise<FatDirectory> {
  const { device, geometry, table } = volume;
  const [cluster = 0] = table.allocate(1);
  const bytes = Buffer.alloc(geometry.clusterBytes);
  // `..` is 0 if the parent is the root, although FAT32's root has a cluster.
  const parentCluster = parent.clusters[0] === geometry.rootCluster ? 0 : (parent.clusters[0] ?? 0);
  const common = { isDirectory: true, sizeBytes: 0, modified };
  newSlot(Buffer.from('.          '), { ...common, firstCluster: cluster }, isFat32(volume)).copy(bytes, 0);
  newSlot(Buffer.from('..         '), { ...common, firstCluster: parentCluster }, isFat32(volume)).copy(
    bytes,
    slotBytes,
  );
  await device.write(clusterAt(geometry, cluster), bytes);
  await device.flush();
  await table.flush(device);
  await addEntryOrFree(volume, parent, name, { ...common, firstCluster: cluster }, [cluster]);
  return readDirectory(volume, { ...emptyEntry, name, firstCluster: cluster });
}

const emptyEntry: FatEntry = {
  name: '',
  short: Buffer.alloc(11),
  isDirectory: true,
  firstCluster: 0,
  sizeBytes: 0,
  modifiedMs: 0,
  firstSlot: 0,
  slot: 0,
};

/** Returns the directory at the path `parts`, and creates the missing ones. */
async function ensureDirectory(
  volume: WritableVolume,
  parts: readonly string[],
  modified: Date,
): Promise<FatDirectory> {
  let directory = await readRoot(volume);
  for (const part of parts) {
    checkName(part);
    const entry = findEntry(directory, part);
    if (entry === undefined) directory = await makeDirectory(volume, directory, part, modified);
    else if (entry.isDirectory) directory = await readDirectory(volume, entry);
    else
      throw new OsError('usage', `${JSON.stringify(part)} on the boot partition is a file, not a directory`);
  }
  return directory;
}

function splitLast(path: string): { readonly parents: readonly string[]; readonly name: string } {
  const parts = splitPath(path);
  const name = parts.at(-1) ?? '';
  checkName(name);
  return { parents: parts.slice(0, -1), name };
}

/** Creates the directory `path` and its missing parents. */
export async function makeDirectories(volume: WritableVolume, path: string, modified: Date): Promise<void> {
  await ensureDirectory(volume, splitPath(path), modified);
  await freeClusters(volume, []);
}

/**
 * Writes `bytes` to the file `path`; creates it and its missing parents. Throws OsError `no-space` with every file
 * unchanged.
 */
export async function writeFileAt(
  volume: WritableVolume,
  path: string,
  bytes: Uint8Array,
  modified: Date,
): Promise<void> {
  const { parents, name } = splitLast(path);
  const directory = await ensureDirectory(volume, parents, modified);
  const entry = findEntry(directory, name);
  if (entry?.isDirectory === true)
    throw new OsError('usage', `${JSON.stringify(name)} on the boot partition is a directory`);
  const before =
    entry === undefined || entry.firstCluster === 0 ? [] : volume.table.chain(entry.firstCluster);
  const clusters = await writeContent(volume, bytes);
  const content = { firstCluster: clusters[0] ?? 0, sizeBytes: bytes.length, modified };
  if (entry === undefined)
    await addEntryOrFree(volume, directory, name, { isDirectory: false, ...content }, clusters);
  else await replaceContent(volume, directory, entry, content);
  await freeClusters(volume, before);
}

/** Removes the file, or the empty directory, at `path`; false if there is none. */
export async function removeAt(volume: WritableVolume, path: string): Promise<boolean> {
  const { parents, name } = splitLast(path);
  const above = await findPath(volume, parents.join('/'));
  if (parents.length > 0 && above?.isDirectory !== true) return false;
  const directory = above === undefined ? await readRoot(volume) : await readDirectory(volume, above);
  const entry = findEntry(directory, name);
  if (entry === undefined) return false;
  if (entry.isDirectory && (await readDirectory(volume, entry)).entries.length > 0)
    throw new OsError('usage', `the directory ${JSON.stringify(path)} on the boot partition is not empty`);
  const clusters = entry.firstCluster === 0 ? [] : volume.table.chain(entry.firstCluster);
  await removeEntry(volume, directory, entry);
  await freeClusters(volume, clusters);
  return true;
}

/**
 * Renames the file `from` to `to`, and replaces a file there. The content is copied: two slots that refer to the same
 * clusters would be damage if the machine stopped in between.
 */
export async function renameFile(
  volume: WritableVolume,
  from: string,
  to: string,
  modified: Date,
): Promise<void> {
  const entry = await findPath(volume, from);
  if (entry === undefined)
    throw new OsError('usage', `there is no ${JSON.stringify(from)} on the boot partition`);
  // Another spelling of the same name: the one that is stored stays.
  if (foldName(splitPath(from).join('/')) === foldName(splitPath(to).join('/'))) return;
  const bytes = await readFileOf(volume, entry);
  await writeFileAt(volume, to, bytes, modified);
  await removeAt(volume, from);
}
