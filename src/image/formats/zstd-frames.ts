/** Walks the frames of a zstd file (RFC 8878, 3.1), as Node's own decoder takes the end of its input for the end of a frame. */

const magic = 0xfd2fb528;
const isSkippable = (word: number): boolean => (word & 0xfffffff0) >>> 0 === 0x184d2a50;

const blockKinds = { runLength: 1, reserved: 3 } as const;

/** Reads a stream in pieces of known lengths. */
class ByteReader {
  readonly #parts: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#parts = stream[Symbol.asyncIterator]();
  }

  /** True at the end of the stream. */
  async isAtEnd(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#parts.next();
      if (next.done === true) return true;
      this.#rest = next.value;
    }
    return false;
  }

  /** Yields the next `length` bytes, in pieces of any size. Throws RangeError if the stream ends before. */
  async *pass(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0;) {
      if (await this.isAtEnd()) throw new RangeError('unexpected end of file');
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.pass(length)) parts.push(part);
    return Buffer.concat(parts);
  }

  async skip(length: number): Promise<void> {
    const parts = this.pass(length);
    while ((await parts.next()).done !== true);
  }
}

/** Yields the bytes of one frame, whose magic number was read. */
async function* readFrame(reader: ByteReader, start: Buffer): AsyncGenerator<Buffer> {
  const descriptor = await reader.take(1);
  const flags = descriptor.readUInt8(0);
  const isSingleSegment = (flags & 0x20) !== 0;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  const fields = await reader.take((isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes);
  yield Buffer.concat([start, descriptor, fields]);
  for (let isLast = false; !isLast;) {
    const header = await reader.take(3);
    const word = header.readUIntLE(0, 3);
    isLast = (word & 1) !== 0;
    const kind = (word >> 1) & 3;
    if (kind === blockKinds.reserved) throw new RangeError('a block is of a kind that does not exist');
    yield header;
    yield* reader.pass(kind === blockKinds.runLength ? 1 : word >> 3);
  }
  if ((flags & 4) !== 0) yield await reader.take(4);
}

/**
 * Decodes each frame of `stream` by `decodeFrame`, which is given its bytes, and skips what decoders skip. Throws RangeError
 * if the stream ends inside a frame, or something else follows one.
 */
export async function* decodeZstdFrames(
  stream: AsyncIterable<Buffer>,
  decodeFrame: (bytes: AsyncIterable<Buffer>) => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(stream);
  while (!(await reader.isAtEnd())) {
    const start = await reader.take(4);
    const word = start.readUInt32LE(0);
    if (isSkippable(word)) {
      await reader.skip((await reader.take(4)).readUInt32LE(0));
    } else if (word === magic) yield* decodeFrame(readFrame(reader, start));
    else throw new RangeError('what follows is no frame of zstd');
  }
}
