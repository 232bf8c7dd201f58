import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LogCursor, toUnixTime } from '../../../src/logs/log-cursor.ts';
import type { StampedLine } from '../../../src/logs/split-lines.ts';

const stamp = (microseconds: number): string =>
  `2026-01-02T03:04:05.${microseconds.toString().padStart(6, '0')}000Z`;

const logOf = (times: readonly number[]): StampedLine[] =>
  times.map((time, i) => ({ stream: 'stdout', time: stamp(time), text: i.toString() }));

/** Reads `log` in parts that end at `cuts`, as an engine whose clock is that of its last line answers. */
function read(log: readonly StampedLine[], cuts: readonly number[]): string[] {
  const cursor = new LogCursor();
  const accepted: string[] = [];
  for (const cut of [...cuts, log.length]) {
    const since = cursor.resume(log[cut - 1]?.time);
    const answer = log
      .slice(0, cut)
      .filter(({ time }) => since === undefined || Number(toUnixTime(time)) >= Number(since));
    for (const line of answer) if (cursor.accepts(line)) accepted.push(line.text);
  }
  return accepted;
}

const textsOf = (log: readonly StampedLine[]): string[] => log.map(({ text }) => text);

describe('the log of a container', () => {
  const cuts = fc.array(fc.nat(30), { maxLength: 5 }).map(list => list.sort((a, b) => a - b));

  it('is read without a gap or a duplicate, however often it is cut and however few the instants', () => {
    const instants = fc.array(fc.nat(4), { maxLength: 30 }).map(list => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(instants, cuts, (times, at) => {
        assert.deepEqual(read(logOf(times), at), textsOf(logOf(times)));
      }),
    );
  });

  it('is read without a gap or a duplicate while the clock of the device is set back', () => {
    // Before and after the clock was set back, each at instants of its own.
    const part = fc.array(fc.nat(9), { minLength: 1, maxLength: 15 }).map(list => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(part, part, fc.nat(9), fc.nat(29), (before, after, back, cut) => {
        const late = before.map(it => 2 * it + 20);
        const early = after.map(it => 2 * it + 1 + 2 * back);
        const log = logOf([...late, ...early]);
        // It may catch up, but not while nobody reads.
        const at = Math.min(cut, log.length);
        const hasCaughtUp = at <= late.length && Math.max(...early) > Math.min(...late);
        if (!hasCaughtUp) assert.deepEqual(read(log, [at]), textsOf(log));
      }),
    );
  });

  it('is read on if its clock was set back while it was followed', () => {
    const cursor = new LogCursor();
    for (const line of logOf([50, 51, 3, 4])) assert.equal(cursor.accepts(line), true);
  });

  it('has a line once that an engine repeats as it rotates the log file, and an equal one that follows', () => {
    const line = (nanoseconds: string): StampedLine => ({
      stream: 'stdout',
      time: `2026-01-02T03:04:05.123456${nanoseconds}Z`,
      text: 'x',
    });
    const cursor = new LogCursor();
    const isNew = (...times: string[]): boolean[] => times.map(it => cursor.accepts(line(it)));
    assert.deepEqual(isNew('789', '789', '790', '790', '790', '800'), [
      true,
      false,
      true,
      false,
      false,
      true,
    ]);
    cursor.resume();
    assert.deepEqual(isNew('800', '800', '801'), [false, false, true]);
  });

  it('has equal lines of one instant as often as they were printed', () => {
    const equal: StampedLine = { stream: 'stdout', time: stamp(1), text: 'x' };
    const cursor = new LogCursor();
    assert.deepEqual(
      [equal, equal].map(it => cursor.accepts(it)),
      [true, true],
    );
    cursor.resume();
    assert.deepEqual(
      [equal, equal, equal].map(it => cursor.accepts(it)),
      [false, false, true],
    );
  });
});
