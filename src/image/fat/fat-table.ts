/**
 * The file allocation table, in memory. Changes reach the device by `flush`, all copies of a sector together; a free
 * cluster is 0, and the top four bits of a FAT32 entry are preserved.
 */
import { OsError } from '../../core/errors.ts';
import type { BlockDevice, BlockReader } from '../blocks/block-device.ts';
import type { FatGeometry } from './geometry.ts';

const endOfChain = { fat16: 0xffff, fat32: 0x0fffffff } as const;

export const damagedFat = (what: string): OsError =>
  new OsError('image-invalid', `the boot partition is damaged: ${what}`, {
    hint: 'repair it with fsck.vfat, or use a fresh image',
  });

export class FatTable {
  readonly #geometry: FatGeometry;
  readonly #bytes: Buffer;
  readonly #changed = new Set<number>();
  #next = 2;
  #freeClusters: number;

  private constructor(geometry: FatGeometry, bytes: Buffer) {
    this.#geometry = geometry;
    this.#bytes = bytes;
    this.#freeClusters = 0;
    for (let cluster = 2; cluster <= this.last; cluster += 1)
      if (this.get(cluster) === 0) this.#freeClusters += 1;
  }

  /** Reads the copy in use. */
  static async read(device: BlockReader, geometry: FatGeometry): Promise<FatTable> {
    const { fatAt, fatBytes, activeCopy = 0 } = geometry;
    return new FatTable(geometry, await device.read(fatAt + activeCopy * fatBytes, fatBytes));
  }

  /** Marks the sectors in which another copy differs, so that the next flush makes all copies the same. */
  async compareCopies(device: BlockReader): Promise<boolean> {
    const { fatAt, fatBytes, fatCopies, activeCopy, sectorBytes } = this.#geometry;
    if (activeCopy !== undefined) return true;
    for (let copy = 1; copy < fatCopies; copy += 1) {
      const other = await device.read(fatAt + copy * fatBytes, fatBytes);
      if (other.equals(this.#bytes)) continue;
      for (let at = 0; at < fatBytes; at += sectorBytes)
        if (other.compare(this.#bytes, at, at + sectorBytes, at, at + sectorBytes) !== 0)
          this.#changed.add(at / sectorBytes);
    }
    return this.#changed.size === 0;
  }

  /** True if entry 1 marks the volume as not unmounted, or as one on which an I/O error was met. */
  get isDirty(): boolean {
    const clean = this.#geometry.kind === 'fat16' ? 0xc000 : 0x0c000000;
    return (this.get(1) & clean) !== clean;
  }

  /** The number of the last cluster. */
  get last(): number {
    return this.#geometry.clusters + 1;
  }

  get freeClusters(): number {
    return this.#freeClusters;
  }

  /** Cluster at which a search for a free one should begin, for FSInfo. */
  get next(): number {
    return this.#next;
  }

  get(cluster: number): number {
    return this.#geometry.kind === 'fat16'
      ? this.#bytes.readUInt16LE(cluster * 2)
      : this.#bytes.readUInt32LE(cluster * 4) & 0x0fffffff;
  }

  #set(cluster: number, value: number): void {
    const before = this.get(cluster);
    if (before === 0 && value !== 0) this.#freeClusters -= 1;
    if (before !== 0 && value === 0) this.#freeClusters += 1;
    const at = cluster * (this.#geometry.kind === 'fat16' ? 2 : 4);
    if (this.#geometry.kind === 'fat16') this.#bytes.writeUInt16LE(value, at);
    else this.#bytes.writeUInt32LE(((this.#bytes.readUInt32LE(at) & 0xf0000000) | value) >>> 0, at);
    this.#changed.add(Math.floor(at / this.#geometry.sectorBytes));
  }

  #isEnd(value: number): boolean {
    return value >= (this.#geometry.kind === 'fat16' ? 0xfff8 : 0x0ffffff8);
  }

  /**
   * Returns the clusters of the chain that begins with `first`, in order. Throws OsError `image-invalid` if it is
   * damaged.
   */
  chain(first: number): readonly number[] {
    const clusters: number[] = [];
    let cluster = first;
    do {
      if (cluster < 2 || cluster > this.last)
        throw damagedFat(`a chain of clusters leads to ${cluster.toString()}, which does not exist`);
      clusters.push(cluster);
      if (clusters.length > this.#geometry.clusters)
        throw damagedFat('a chain of clusters leads back into itself');
      cluster = this.get(cluster);
    } while (!this.#isEnd(cluster));
    return clusters;
  }

  /** Links `count` free clusters to a chain. Throws OsError `no-space`, without a change, if there are too few. */
  allocate(count: number): readonly number[] {
    const { clusterBytes, kind } = this.#geometry;
    if (count > this.#freeClusters)
      throw new OsError(
        'no-space',
        `no room on the boot partition: ${(count * clusterBytes).toString()} bytes are needed, \
${(this.#freeClusters * clusterBytes).toString()} are free`,
        { hint: 'remove what is not needed there' },
      );
    const clusters: number[] = [];
    while (clusters.length < count) {
      if (this.#next > this.last) this.#next = 2;
      if (this.get(this.#next) === 0) {
        clusters.push(this.#next);
        this.#set(this.#next, endOfChain[kind]);
      }
      this.#next += 1;
    }
    clusters.slice(1).forEach((cluster, index) => {
      this.#set(clusters[index] ?? 0, cluster);
    });
    return clusters;
  }

  /** Continues the chain that ends with `last` by `cluster`, which `allocate` gave. */
  link(last: number, cluster: number): void {
    this.#set(last, cluster);
  }

  free(clusters: readonly number[]): void {
    for (const cluster of clusters) this.#set(cluster, 0);
  }

  /** Writes all changes to every copy, and waits until they are on the medium. */
  async flush(device: BlockDevice): Promise<void> {
    if (this.#changed.size === 0) return;
    const { fatAt, fatBytes, fatCopies, activeCopy, sectorBytes } = this.#geometry;
    const copies =
      activeCopy === undefined ? Array.from({ length: fatCopies }, (_, copy) => copy) : [activeCopy];
    for (const copy of copies) {
      for (const [from, to] of toRuns(this.#changed)) {
        const bytes = this.#bytes.subarray(from * sectorBytes, to * sectorBytes);
        await device.write(fatAt + copy * fatBytes + from * sectorBytes, bytes);
      }
    }
    this.#changed.clear();
    await device.flush();
  }
}

/** Numbers as ascending runs `[from, to)`. */
function toRuns(numbers: Iterable<number>): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const value of [...numbers].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run?.[1] === value) run[1] = value + 1;
    else runs.push([value, value + 1]);
  }
  return runs;
}
