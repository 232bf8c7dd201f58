import type { Mutable } from '../../core/mutable.ts';
import { OsError } from '../../core/errors.ts';
import type { BlockDevice, BlockReader } from '../blocks/block-device.ts';
import { findEntries, readEntries, type FatDirectory, type FatEntry } from './directory.ts';
import { damagedFat, FatTable } from './fat-table.ts';
import { parseGeometry, type FatGeometry } from './geometry.ts';

/** A FAT16 or FAT32 volume as it can be read. */
export interface FatVolume {
  readonly device: BlockReader;
  readonly geometry: FatGeometry;
  readonly table: FatTable;
}

export interface WritableVolume extends FatVolume {
  readonly device: BlockDevice;
}

/** Upper limit of a directory's size; a longer chain is refused. */
const maxDirectoryBytes = 2 ** 21;

/** Opens the volume that fills `device`, a partition whose size is known. Throws OsError `image-invalid`. */
export async function openVolume(device: BlockReader): Promise<FatVolume> {
  const sizeBytes = device.sizeBytes ?? 0;
  if (sizeBytes < 512) throw damagedFat('it is smaller than a sector');
  const geometry = parseGeometry(await device.read(0, 512), sizeBytes);
  return { device, geometry, table: await FatTable.read(device, geometry) };
}

/** True if the volume was not unmounted by whoever wrote to it last: systems mark that in either of two places. */
export const isMarkedDirty = ({ geometry, table: fat }: FatVolume): boolean =>
  geometry.isDirty || fat.isDirty;

export const clusterAt = ({ dataAt, clusterBytes }: FatGeometry, cluster: number): number =>
  dataAt + (cluster - 2) * clusterBytes;

/** The content of `clusters`; neighbours are read at once. */
export async function readClusters(
  { device, geometry }: FatVolume,
  clusters: readonly number[],
): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const { first, count } of toExtents(clusters))
    parts.push(await device.read(clusterAt(geometry, first), count * geometry.clusterBytes));
  return Buffer.concat(parts);
}

/** Clusters as runs of neighbours, in the same order. */
export function toExtents(
  clusters: readonly number[],
): readonly { readonly first: number; readonly count: number }[] {
  const extents: Mutable<{ readonly first: number; readonly count: number }>[] = [];
  for (const cluster of clusters) {
    const extent = extents.at(-1);
    if (extent !== undefined && extent.first + extent.count === cluster) extent.count += 1;
    else extents.push({ first: cluster, count: 1 });
  }
  return extents;
}

export async function readRoot(volume: FatVolume): Promise<FatDirectory> {
  const { geometry, device } = volume;
  if (geometry.kind === 'fat32') return readChainDirectory(volume, geometry.rootCluster);
  const bytes = await device.read(geometry.rootAt, geometry.rootBytes);
  return {
    bytes,
    pieces: [geometry.rootAt],
    pieceBytes: geometry.rootBytes,
    clusters: [],
    ...readEntries(bytes, false),
  };
}

async function readChainDirectory(volume: FatVolume, first: number): Promise<FatDirectory> {
  const { geometry, table } = volume;
  const clusters = table.chain(first);
  if (clusters.length * geometry.clusterBytes > maxDirectoryBytes)
    throw damagedFat('a directory is too long');
  const bytes = await readClusters(volume, clusters);
  return {
    bytes,
    pieces: clusters.map(cluster => clusterAt(geometry, cluster)),
    pieceBytes: geometry.clusterBytes,
    clusters,
    ...readEntries(bytes, geometry.kind === 'fat32'),
  };
}

/** Reads the directory of `entry`. */
export const readDirectory = (volume: FatVolume, entry: FatEntry): Promise<FatDirectory> =>
  readChainDirectory(volume, entry.firstCluster);

/** The parts of a path; '' and '/' are the root. */
export const splitPath = (path: string): readonly string[] => path.split('/').filter(part => part !== '');

/**
 * Finds the entry in `directory` called `name`. Throws OsError `image-invalid` if there are several, since it is
 * unknown which of them the device would use.
 */
export function findEntry(directory: FatDirectory, name: string): FatEntry | undefined {
  const [entry, other] = findEntries(directory, name);
  if (entry !== undefined && other !== undefined)
    throw damagedFat(
      `it holds two files of one name: ${JSON.stringify(entry.name)} and ${JSON.stringify(other.name)}`,
    );
  return entry;
}

/** Returns the directory at `path`; undefined if there is none. */
export async function findDirectory(volume: FatVolume, path: string): Promise<FatDirectory | undefined> {
  let directory = await readRoot(volume);
  for (const part of splitPath(path)) {
    const entry = findEntry(directory, part);
    if (entry === undefined) return undefined;
    if (!entry.isDirectory) return undefined;
    directory = await readDirectory(volume, entry);
  }
  return directory;
}

/** Returns the entry at `path`; undefined if there is none. */
export async function findPath(volume: FatVolume, path: string): Promise<FatEntry | undefined> {
  const parts = splitPath(path);
  const name = parts.at(-1);
  if (name === undefined) return undefined;
  const directory = await findDirectory(volume, parts.slice(0, -1).join('/'));
  return directory === undefined ? undefined : findEntry(directory, name);
}

/** The content of the file `entry`. */
export async function readFileOf(volume: FatVolume, entry: FatEntry): Promise<Buffer> {
  if (entry.isDirectory) throw new OsError('usage', `${JSON.stringify(entry.name)} is a directory`);
  if (entry.sizeBytes === 0) return Buffer.alloc(0);
  const clusters = table(volume, entry);
  const bytes = await readClusters(volume, clusters);
  return bytes.subarray(0, entry.sizeBytes);
}

/** The clusters that hold the content of the file `entry`, which must be enough for its size. */
function table({ table: fat, geometry }: FatVolume, entry: FatEntry): readonly number[] {
  const needed = Math.ceil(entry.sizeBytes / geometry.clusterBytes);
  if (needed > geometry.clusters) throw damagedFat(`${JSON.stringify(entry.name)} is larger than the volume`);
  const clusters = fat.chain(entry.firstCluster);
  if (clusters.length < needed)
    throw damagedFat(`${JSON.stringify(entry.name)} has fewer clusters than its size needs`);
  return clusters.slice(0, needed);
}

/** The label that the volume shows: the one in its root directory, else the one in its boot sector. */
export async function readVolumeLabel(volume: FatVolume): Promise<string> {
  return (await readRoot(volume)).label ?? volume.geometry.bootLabel;
}
