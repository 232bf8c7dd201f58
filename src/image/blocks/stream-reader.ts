import { outOfBounds, type BlockReader } from './block-device.ts';

/**
 * Reads an image from a stream. The stream is advanced as far as a read needs; bytes from `keepFrom` on are kept,
 * without zeros, so that a partition can be read at random while it is streamed.
 */
export interface StreamReader extends BlockReader, AsyncDisposable {
  /** Releases the bytes before `offset`. Reading them again is an error. */
  keepFrom(offset: number): void;
  /** Reads to the end, and resolves with the size of the image. */
  readToEnd(): Promise<number>;
}

const chunkBytes = 64 * 1024;
/** Upper limit of a boot partition's bytes in memory. */
const maxKeptBytes = 512 * 1024 * 1024;
const zeros = Buffer.alloc(chunkBytes);

export function openStreamReader(stream: AsyncIterable<Buffer>): StreamReader {
  const parts = stream[Symbol.asyncIterator]();
  const kept = new Map<number, Buffer>();
  let pending = Buffer.alloc(0);
  /** The offset up to which whole chunks were taken from the stream. */
  let position = 0;
  let start = 0;
  let sizeBytes: number | undefined;

  const keep = (chunk: Buffer): void => {
    const isZero = chunk.equals(zeros.subarray(0, chunk.length));
    if (position + chunk.length > start && !isZero) kept.set(position / chunkBytes, Buffer.from(chunk));
    position += chunk.length;
    if (kept.size * chunkBytes > maxKeptBytes) throw outOfBounds(start, position - start, maxKeptBytes);
  };
  const advance = async (): Promise<void> => {
    const next = await parts.next();
    if (next.done === true) {
      if (pending.length > 0) keep(pending);
      pending = Buffer.alloc(0);
      sizeBytes = position;
      return;
    }
    const bytes = pending.length === 0 ? next.value : Buffer.concat([pending, next.value]);
    let at = 0;
    for (; at + chunkBytes <= bytes.length; at += chunkBytes) keep(bytes.subarray(at, at + chunkBytes));
    pending = Buffer.from(bytes.subarray(at));
  };

  return {
    get sizeBytes() {
      return sizeBytes;
    },
    async read(offset, length) {
      while (sizeBytes === undefined && position < offset + length) await advance();
      if (offset < start || length < 0 || offset + length > position)
        throw outOfBounds(offset, length, sizeBytes);
      const bytes = Buffer.alloc(length);
      for (let index = Math.floor(offset / chunkBytes); index * chunkBytes < offset + length; index += 1) {
        const from = index * chunkBytes - offset;
        kept
          .get(index)
          ?.copy(bytes, Math.max(0, from), Math.max(0, -from), Math.min(chunkBytes, length - from));
      }
      return bytes;
    },
    keepFrom(offset) {
      start = Math.max(start, offset);
      for (const index of kept.keys()) if ((index + 1) * chunkBytes <= start) kept.delete(index);
    },
    async readToEnd() {
      while (sizeBytes === undefined) {
        start = Math.max(start, position);
        kept.clear();
        await advance();
      }
      return sizeBytes;
    },
    async [Symbol.asyncDispose]() {
      await parts.return?.();
    },
  };
}
