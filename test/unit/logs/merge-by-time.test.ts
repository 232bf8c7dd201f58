import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { mergeByTime } from '../../../src/logs/merge-by-time.ts';

const stamp = (microseconds: number): string =>
  `2026-01-02T03:04:05.${microseconds.toString().padStart(6, '0')}000Z`;

describe('the logs of several containers', () => {
  it('are merged in order of time with all their lines, and one that fails closes the others', async () => {
    const lists = fc.array(fc.array(fc.nat(50)).map(list => list.sort((a, b) => a - b)));
    await fc.assert(
      fc.asyncProperty(lists, async logs => {
        const sources = logs.map((times, i) => Readable.from(times.map(it => ({ time: stamp(it), i }))));
        const merged: { time: string; i: number }[] = [];
        for await (const line of mergeByTime<{ time: string; i: number }>(sources)) merged.push(line);
        assert.deepEqual(
          merged.map(({ time }) => time),
          logs
            .flat()
            .sort((a, b) => a - b)
            .map(stamp),
        );
      }),
    );
    const endless = new Readable({ objectMode: true, read: () => undefined });
    endless.push({ time: stamp(1) });
    // eslint-disable-next-line @typescript-eslint/require-await, require-yield
    const broken = (async function* (): AsyncGenerator<{ time: string }> {
      throw new Error('cut');
    })();
    await assert.rejects(mergeByTime<{ time: string }>([endless, broken]).next(), { message: 'cut' });
    assert.ok(endless.destroyed);
  });
});
