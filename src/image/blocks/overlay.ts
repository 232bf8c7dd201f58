import type { Mutable } from '../../core/mutable.ts';
import { isWithin, outOfBounds, type BlockDevice, type BlockReader } from './block-device.ts';

/** Bytes that replace those of an image at `offset`. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Buffer;
}

export interface Overlay extends BlockDevice {
  /** Written ranges in ascending order, without overlaps; adjacent ones are one patch. */
  patches(): readonly Patch[];
}

const sectorBytes = 512;

/** A device over `base` that keeps all writes in memory, so that the image itself stays unchanged. */
export function openOverlay(base: BlockReader): Overlay {
  const sectors = new Map<number, Buffer>();
  const check = (offset: number, length: number): void => {
    if (!isWithin(offset, length, base.sizeBytes ?? Number.MAX_SAFE_INTEGER))
      throw outOfBounds(offset, length, base.sizeBytes);
  };
  const readSector = async (index: number): Promise<Buffer> => {
    const start = index * sectorBytes;
    const length = Math.min(sectorBytes, (base.sizeBytes ?? Number.MAX_SAFE_INTEGER) - start);
    return Buffer.from(await base.read(start, length));
  };
  return {
    sizeBytes: base.sizeBytes,
    async read(offset, length) {
      check(offset, length);
      const bytes = Buffer.from(await base.read(offset, length));
      const last = Math.floor((offset + length - 1) / sectorBytes);
      for (let index = Math.floor(offset / sectorBytes); length > 0 && index <= last; index += 1) {
        const sector = sectors.get(index);
        if (sector === undefined) continue;
        const from = index * sectorBytes - offset;
        sector.copy(bytes, Math.max(0, from), Math.max(0, -from), Math.min(sector.length, length - from));
      }
      return bytes;
    },
    async write(offset, bytes) {
      check(offset, bytes.length);
      let done = 0;
      while (done < bytes.length) {
        const index = Math.floor((offset + done) / sectorBytes);
        const from = offset + done - index * sectorBytes;
        const length = Math.min(sectorBytes - from, bytes.length - done);
        const sector = sectors.get(index) ?? (await readSector(index));
        sector.set(bytes.subarray(done, done + length), from);
        sectors.set(index, sector);
        done += length;
      }
    },
    flush: () => Promise.resolve(),
    patches() {
      const runs: Mutable<{ readonly first: number; readonly next: number; readonly parts: Buffer[] }>[] = [];
      for (const index of [...sectors.keys()].sort((a, b) => a - b)) {
        const sector = sectors.get(index);
        if (sector === undefined) continue;
        const run = runs.at(-1);
        if (run?.next === index) {
          run.parts.push(sector);
          run.next += 1;
        } else runs.push({ first: index, next: index + 1, parts: [sector] });
      }
      return runs.map(({ first, parts }) => ({ offset: first * sectorBytes, bytes: Buffer.concat(parts) }));
    },
  };
}

/** Applies `patches` to `bytes`, which begin at `offset` of an image. */
export function applyPatches(bytes: Buffer, offset: number, patches: readonly Patch[]): void {
  for (const patch of patches) {
    const from = patch.offset - offset;
    if (from >= bytes.length || from + patch.bytes.length <= 0) continue;
    patch.bytes.copy(bytes, Math.max(0, from), Math.max(0, -from));
  }
}
