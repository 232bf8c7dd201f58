import { applyPatches, type Patch } from '../blocks/overlay.ts';
import { allocateAligned } from './target-drive.ts';

export const blockBytes = 4 * 1024 * 1024;

/** A piece of an image, in a buffer that is used again for the block after next. */
export interface ImageBlock {
  readonly offset: number;
  /** The image's own bytes, `blockBytes` of them but in the last block. */
  readonly bytes: Buffer;
  /** `bytes` and zeros up to the end of the last sector. */
  readonly padded: Buffer;
}

export interface BlockOptions {
  readonly sectorBytes: number;
  readonly patches: readonly Patch[];
  /** Called with the bytes of the source, before patches are applied. */
  readonly onSource?: (bytes: Buffer, offset: number) => void;
}

/** Number of blocks in use at a time: one that is filled, one that is written, one between them. */
const buffers = 3;

/** The stream of an image as blocks in aligned buffers, with `patches` applied. */
export async function* readBlocks(
  stream: AsyncIterable<Buffer>,
  { sectorBytes, patches, onSource }: BlockOptions,
): AsyncGenerator<ImageBlock> {
  const ring = Array.from({ length: buffers }, () => allocateAligned(blockBytes));
  let index = 0;
  let offset = 0;
  let filled = 0;
  const finish = (): ImageBlock => {
    const buffer = ring[index % buffers] ?? allocateAligned(blockBytes);
    index += 1;
    const paddedBytes = Math.ceil(filled / sectorBytes) * sectorBytes;
    buffer.fill(0, filled, paddedBytes);
    const bytes = buffer.subarray(0, filled);
    onSource?.(bytes, offset);
    applyPatches(bytes, offset, patches);
    const block = { offset, bytes, padded: buffer.subarray(0, paddedBytes) };
    offset += filled;
    filled = 0;
    return block;
  };
  for await (const part of stream) {
    let taken = 0;
    while (taken < part.length) {
      const buffer = ring[index % buffers];
      const count = Math.min(part.length - taken, blockBytes - filled);
      if (buffer !== undefined) part.copy(buffer, filled, taken, taken + count);
      taken += count;
      filled += count;
      if (filled === blockBytes) yield finish();
    }
  }
  if (filled > 0) yield finish();
}
