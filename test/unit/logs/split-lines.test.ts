import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { LogChunk } from '../../../src/engine/engine.ts';
import { splitLines, type StampedLine } from '../../../src/logs/split-lines.ts';

const stamp = (microseconds: number): string =>
  `2026-01-02T03:04:05.${microseconds.toString().padStart(6, '0')}000Z`;

describe("a line of a container's log", () => {
  const split = async (...chunks: readonly LogChunk[]): Promise<StampedLine[]> => {
    const lines: StampedLine[] = [];
    for await (const line of splitLines(Readable.from(chunks))) lines.push(line);
    return lines;
  };
  const message = (text: string | Buffer, stream: LogChunk['stream'] = 'stdout'): LogChunk => ({
    stream,
    data: Buffer.from(text),
  });
  const line = (time: string, text: string, stream: LogChunk['stream'] = 'stdout'): StampedLine => ({
    ...{ stream, time, text },
  });

  it('is assembled from pieces, each stream by itself', async () => {
    assert.deepEqual(
      await split(
        message(`${stamp(1)} half`),
        message(`${stamp(2)} whole\n`, 'stderr'),
        message(` and half\n${stamp(3)} \n`),
        message(`${stamp(4)} no end`),
      ),
      [
        line(stamp(2), 'whole', 'stderr'),
        line(stamp(1), 'half and half'),
        line(stamp(3), ''),
        line(stamp(4), 'no end'),
      ],
    );
  });

  it('begins anew after a program has ended without finishing one', async () => {
    assert.deepEqual(await split(message(`${stamp(1)} last word`), message(`${stamp(2)} started again\n`)), [
      line(stamp(1), 'last word'),
      line(stamp(2), 'started again'),
    ]);
  });

  it('is whole although the engine has split it, even within a letter', async () => {
    const text = `${'x'.repeat(16 * 1024 - 1)}ü${'y'.repeat(16 * 1024 - 1)} end`;
    const bytes = Buffer.from(text);
    const pieces = [0, 1, 2].map(i =>
      message(
        Buffer.concat([
          Buffer.from(`${stamp(i)} `),
          bytes.subarray(i * 16 * 1024, (i + 1) * 16 * 1024),
          Buffer.from(i === 2 ? '\n' : ''),
        ]),
      ),
    );
    assert.deepEqual(await split(...pieces, message(`${stamp(3)} next\n`)), [
      line(stamp(0), text),
      line(stamp(3), 'next'),
    ]);
  });

  it('that never ends is given out in parts of a mebibyte, so that it is seen and takes no more memory', async () => {
    const piece = 'x'.repeat(16 * 1024);
    const pieces = Array.from({ length: 130 }, (_, i) => message(`${stamp(i)} ${piece}`));
    const lines = await split(...pieces);
    assert.deepEqual(
      lines.map(({ time, text }) => [time, text.length]),
      [
        [stamp(0), 64 * piece.length],
        [stamp(64), 64 * piece.length],
        [stamp(128), 2 * piece.length],
      ],
    );
  });

  it('that is no UTF-8 has its bytes beside its text', async () => {
    const bytes = Buffer.from([0xff, 0x61, 0x20, 0xc3]);
    const [broken, whole] = await split(
      message(Buffer.concat([Buffer.from(`${stamp(1)} `), bytes, Buffer.from('\n')])),
      message(`${stamp(2)} ö\n`),
    );
    assert.deepEqual(broken, { ...line(stamp(1), '\ufffda \ufffd'), bytes });
    assert.deepEqual(whole, line(stamp(2), 'ö'));
  });
});
