import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { LogCursor, toUnixTime } from '../../../src/logs/log-cursor.ts';
import { parseJournalEntry } from '../../../src/logs/follow-journal.ts';
import { mergeByTime } from '../../../src/logs/merge-by-time.ts';
import { parseSince } from '../../../src/logs/parse-since.ts';
import { splitLines, type StampedLine } from '../../../src/logs/split-lines.ts';

const stamp = (microseconds: number): string =>
  `2026-01-02T03:04:05.${microseconds.toString().padStart(6, '0')}000Z`;

describe('the log of a container', () => {
  it('is told without a gap or a duplicate, however often it is cut and however few the instants', () => {
    const instants = fc.array(fc.nat(4), { maxLength: 30 }).map(list => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(instants, fc.array(fc.nat(30), { maxLength: 5 }), (times, cuts) => {
        const log = times.map((time, i): StampedLine => ({
          stream: 'stdout',
          time: stamp(time),
          text: i.toString(),
        }));
        const cursor = new LogCursor();
        const told: string[] = [];
        for (const cut of [...cuts.sort((a, b) => a - b), log.length]) {
          const since = cursor.resume();
          // The engine answers from that instant on, inclusive.
          const answer = log
            .slice(0, cut)
            .filter(({ time }) => since === undefined || toUnixTime(time) >= since);
          for (const line of answer) if (cursor.accepts(line)) told.push(line.text);
        }
        assert.deepEqual(
          told,
          log.map(({ text }) => text),
        );
      }),
    );
  });

  it('is put together from pieces, each stream apart', async () => {
    const chunks = [
      { stream: 'stdout' as const, data: Buffer.from(`${stamp(1)} half`) },
      { stream: 'stderr' as const, data: Buffer.from(`${stamp(2)} whole\r\n`) },
      { stream: 'stdout' as const, data: Buffer.from(` and half\n${stamp(3)} \n`) },
      { stream: 'stdout' as const, data: Buffer.from(`${stamp(4)} no end`) },
    ];
    const lines: StampedLine[] = [];
    for await (const line of splitLines(Readable.from(chunks))) lines.push(line);
    assert.deepEqual(lines, [
      { stream: 'stderr', time: stamp(2), text: 'whole' },
      { stream: 'stdout', time: stamp(1), text: 'half and half' },
      { stream: 'stdout', time: stamp(3), text: '' },
      { stream: 'stdout', time: stamp(4), text: 'no end' },
    ]);
  });
});

describe('the logs of several containers', () => {
  it('are told in order of time, with all their lines, and one that fails lets go of the others', async () => {
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

describe('--since', () => {
  const now = '2026-01-02T03:04:05.123456789Z';
  const nowS = 1_767_323_045;

  it('counts back from the clock of the device', () => {
    assert.equal(parseSince('10m', now), `${(nowS - 600).toString()}.123456789`);
    assert.equal(parseSince('1h30m', now), `${(nowS - 5400).toString()}.123456789`);
  });

  it('takes dates and seconds', () => {
    assert.equal(parseSince('2026-01-02T03:04:05Z', now), nowS.toString());
    assert.equal(parseSince('1767323045.5', now), '1767323045.5');
  });

  it('refuses anything else', () => {
    for (const text of ['yesterday', '10', '10x', ''].filter(it => it !== '10'))
      assert.throws(() => parseSince(text, now), { code: 'usage' });
  });
});

describe('an entry of the journal', () => {
  it('is a line of the program that wrote it, also where it is no text', () => {
    const { cursor, line } = parseJournalEntry(
      JSON.stringify({
        __CURSOR: 's=1',
        __REALTIME_TIMESTAMP: '1767323045000000',
        SYSLOG_IDENTIFIER: 'dockerd',
        _SYSTEMD_UNIT: 'docker.service',
        MESSAGE: [104, 105],
      }),
    );
    assert.equal(cursor, 's=1');
    assert.deepEqual(line, {
      ...{ type: 'log', stream: 'stdout', service: 'dockerd', container: 'docker.service' },
      ...{ time: '2026-01-02T03:04:05.000Z', text: 'hi' },
    });
  });
});
