import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import type { LogChunk } from '../../../../src/engine/engine.ts';
import { readJsonLines } from '../../../../src/engine/read/json-messages.ts';
import { readLogFrames } from '../../../../src/engine/streams/log-frames.ts';
import { readProgress } from '../../../../src/engine/streams/progress-messages.ts';

/** `bytes` in pieces of the given sizes, over and over. */
function* inPieces(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

describe('streams of the engine', () => {
  it('hold JSON objects, wherever the network cuts them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.object(), { maxLength: 5 }),
        sizes,
        fc.constantFrom('\n', '\r\n'),
        async (objects, cuts, end) => {
          const plain = objects.map(it => JSON.parse(JSON.stringify(it)) as unknown);
          const bytes = Buffer.from(plain.map(it => JSON.stringify(it) + end).join(''));
          assert.deepEqual(await collect(readJsonLines(Readable.from(inPieces(bytes, cuts)))), plain);
        },
      ),
    );
  });

  it('hold frames of stdout and stderr, wherever the network cuts them', async () => {
    const frame = fc.record(
      {
        stream: fc.constantFrom('stdout' as const, 'stderr' as const),
        text: fc.string(),
      },
      { noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 6 }), sizes, async (frames, cuts) => {
        const bytes = Buffer.concat(
          frames.flatMap(({ stream, text }) => {
            const header = Buffer.alloc(8);
            header[0] = stream === 'stderr' ? 2 : 1;
            header.writeUInt32BE(Buffer.byteLength(text), 4);
            return [header, Buffer.from(text)];
          }),
        );
        const read = await collect<LogChunk>(readLogFrames(Readable.from(inPieces(bytes, cuts))));
        assert.deepEqual(
          read.map(({ stream, data }) => ({ stream, text: data.toString() })),
          frames,
        );
      }),
    );
  });

  it('fail where the engine tells an error in an answer that began well', async () => {
    const stream = Readable.from([
      Buffer.from('{"stream":"Step 1/1"}\r\n{"errorDetail":{"message":"bad"},"error":"bad"}\r\n'),
    ]);
    const messages = readProgress(stream, text => new Error(`it says ${text}`));
    await assert.rejects(collect(messages), { message: 'it says bad' });
  });

  it('tell what is downloaded, built and said', async () => {
    const lines = [
      '{"status":"Downloading","progressDetail":{"current":5,"total":10},"id":"abc"}',
      '{"status":"Pulling from library/busybox","id":"latest"}',
      '{"stream":" ---> 0123\\n"}',
      '{"aux":{"ID":"sha256:1"}}',
      '{"unknown":1}',
    ];
    const stream = Readable.from([Buffer.from(lines.join('\n'))]);
    assert.deepEqual(await collect(readProgress(stream, text => new Error(text))), [
      { type: 'layer', layer: 'abc', status: 'Downloading', doneBytes: 5, totalBytes: 10 },
      {
        type: 'layer',
        layer: 'latest',
        status: 'Pulling from library/busybox',
        doneBytes: null,
        totalBytes: null,
      },
      { type: 'output', text: ' ---> 0123\n' },
      { type: 'image', id: 'sha256:1' },
    ]);
  });
});
