import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import type { LogChunk } from '../../../src/engine/engine.ts';
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

  it('is put together from pieces, each stream apart', async () => {
    assert.deepEqual(
      await split(
        message(`${stamp(1)} half`),
        message(`${stamp(2)} whole\r\n`, 'stderr'),
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

  it('goes on with a line of its own where a program has ended without finishing one', async () => {
    assert.deepEqual(await split(message(`${stamp(1)} last word`), message(`${stamp(2)} started again\n`)), [
      line(stamp(1), 'last word'),
      line(stamp(2), 'started again'),
    ]);
  });

  it('has a line whole that the engine has cut into pieces, also within a letter', async () => {
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
