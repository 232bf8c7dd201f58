/** Holes of sparse files. Node has no SEEK_HOLE, so that a hole is a block of zeros. */
import type { FileHandle } from 'node:fs/promises';
import type { Extent } from './archive/sparse.ts';
import type { Piece } from './archive/entry.ts';

/** The least size of a hole, and what every hole begins and ends at. */
export const holeBytes = 64 * 1024;
const bufferBytes = 4 * holeBytes;
const zeros = Buffer.alloc(holeBytes);

const isHole = (block: Buffer): boolean =>
  block.equals(block.length === holeBytes ? zeros : zeros.subarray(0, block.length));

/** The parts of `buffer`, read from `at` of a file, that are no holes: as few as there can be. */
function* findData(buffer: Buffer, at: number): Generator<Extent> {
  let start: number | undefined;
  for (let offset = 0; offset < buffer.length; offset += holeBytes) {
    const isEmpty = isHole(buffer.subarray(offset, offset + holeBytes));
    if (!isEmpty) start ??= offset;
    else if (start !== undefined) {
      yield { at: at + start, sizeBytes: offset - start };
      start = undefined;
    }
  }
  if (start !== undefined) yield { at: at + start, sizeBytes: buffer.length - start };
}

/** The parts of a file of `sizeBytes` that hold data. All of it is read. */
export async function findExtents(
  file: FileHandle,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<Extent[]> {
  const extents: Extent[] = [];
  const buffer = Buffer.allocUnsafe(4 * bufferBytes);
  for (let at = 0; at < sizeBytes;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, sizeBytes - at), at);
    if (bytesRead === 0) break;
    for (const extent of findData(buffer.subarray(0, bytesRead), at)) {
      const last = extents.at(-1);
      if (last !== undefined && last.at + last.sizeBytes === extent.at)
        extents[extents.length - 1] = { at: last.at, sizeBytes: last.sizeBytes + extent.sizeBytes };
      else extents.push(extent);
    }
    at += bytesRead;
  }
  return extents;
}

/** At most `most` of `extents`: the smallest holes between them are filled. */
export function mergeExtents(extents: readonly Extent[], most: number): Extent[] {
  const gapAfter = (i: number): number => {
    const [here, next] = [extents[i], extents[i + 1]];
    return here === undefined || next === undefined ? Infinity : next.at - here.at - here.sizeBytes;
  };
  const filled = new Set(
    [...extents.keys()]
      .slice(0, -1)
      .sort((a, b) => gapAfter(a) - gapAfter(b))
      .slice(0, Math.max(0, extents.length - most)),
  );
  const merged: Extent[] = [];
  for (const [i, extent] of extents.entries()) {
    const last = merged.at(-1);
    if (last === undefined || !filled.has(i - 1)) merged.push(extent);
    else merged[merged.length - 1] = { at: last.at, sizeBytes: extent.at + extent.sizeBytes - last.at };
  }
  return merged;
}

/** Writes pieces, in order, to an empty file, and leaves a hole where whole blocks are zeros. */
export class HoleWriter {
  readonly #file: FileHandle;
  #buffer = Buffer.allocUnsafe(holeBytes);
  #at = 0;
  #heldBytes = 0;
  /** Size of the file so far. */
  #writtenTo = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async #flush(): Promise<void> {
    const held = this.#buffer.subarray(0, this.#heldBytes);
    for (const { at, sizeBytes } of findData(held, this.#at)) {
      for (let done = 0; done < sizeBytes;) {
        const offset = at - this.#at + done;
        const { bytesWritten } = await this.#file.write(this.#buffer, offset, sizeBytes - done, at + done);
        done += bytesWritten;
      }
      this.#writtenTo = at + sizeBytes;
    }
    this.#at += this.#heldBytes;
    this.#heldBytes = 0;
  }

  async write({ at, bytes }: Piece): Promise<void> {
    if (at !== this.#at + this.#heldBytes) {
      await this.#flush();
      this.#at = at;
    }
    for (let done = 0; done < bytes.length;) {
      const taken = bytes.copy(this.#buffer, this.#heldBytes, done);
      done += taken;
      this.#heldBytes += taken;
      if (this.#heldBytes === this.#buffer.length) {
        await this.#flush();
        // Most files are small.
        if (this.#buffer.length < bufferBytes) this.#buffer = Buffer.allocUnsafe(bufferBytes);
      }
    }
  }

  /** Writes the rest, and gives the file its size. */
  async end(sizeBytes: number): Promise<void> {
    await this.#flush();
    if (this.#writtenTo !== sizeBytes) await this.#file.truncate(sizeBytes);
  }
}
