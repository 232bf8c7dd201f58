import assert from 'node:assert/strict';
import { decodeZstdFrames } from '../../../../src/image/formats/zstd-frames.ts';

const magic = Buffer.from('28b52ffd', 'hex');

function block(kind: 'raw' | 'run-length', content: Buffer, length: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((length << 3) | (kind === 'raw' ? 0 : 2) | (isLast ? 1 : 0), 0, 3);
  return Buffer.concat([header, content]);
}

/** A frame with a window and a checksum, whose blocks are `text` and a run of 1000 bytes. */
const windowed = (text: string): Buffer =>
  Buffer.concat([
    magic,
    Buffer.from([0x04, 0x50]),
    block('raw', Buffer.from(text), text.length, false),
    block('run-length', Buffer.from('x'), 1000, true),
    Buffer.from('sum!'),
  ]);

/** A frame of a single segment, with the size of its content and the number of a dictionary. */
const single = (text: string): Buffer =>
  Buffer.concat([
    magic,
    Buffer.from([0x21, 7, text.length]),
    block('raw', Buffer.from(text), text.length, true),
  ]);

const skipped = Buffer.concat([Buffer.from('5a2a4d1805000000', 'hex'), Buffer.from('notes')]);

/** Returns the frames of `file`, which arrives in pieces of `pieceBytes`. */
async function framesOf(file: Buffer, pieceBytes: number): Promise<readonly Buffer[]> {
  const frames: Buffer[] = [];
  const stream = async function* (): AsyncGenerator<Buffer> {
    for (let at = 0; at < file.length; at += pieceBytes) {
      await Promise.resolve();
      yield file.subarray(at, at + pieceBytes);
    }
  };
  const keep = async function* (bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of bytes) parts.push(part);
    frames.push(Buffer.concat(parts));
    yield Buffer.concat(parts);
  };
  const decoded: Buffer[] = [];
  for await (const part of decodeZstdFrames(stream(), keep)) decoded.push(part);
  assert.deepEqual(decoded, frames);
  return frames;
}

describe('the frames of a zstd file', () => {
  const frames = [windowed('one'), single('two'), windowed('three')];
  const [one, two, three] = frames as [Buffer, Buffer, Buffer];
  const file = Buffer.concat([skipped, one, two, skipped, three, skipped]);

  it('are decoded one by one, those that are to be skipped left out, in whatever pieces they arrive', async () => {
    for (const pieceBytes of [1, 3, 7, 64, file.length])
      assert.deepEqual(await framesOf(file, pieceBytes), frames);
  });

  it('are refused where the file is cut anywhere inside of one', async () => {
    const whole = new Set([0, skipped.length, skipped.length + one.length]);
    const cutFile = Buffer.concat([skipped, one, two]);
    for (let length = 1; length < cutFile.length; length += 1)
      if (!whole.has(length))
        await assert.rejects(framesOf(cutFile.subarray(0, length), 16), /unexpected end of file/);
  });

  it('are refused where something else follows them', async () => {
    await assert.rejects(framesOf(Buffer.concat([one, Buffer.alloc(512)]), 64), /no frame of zstd/);
  });
});
