import assert from 'node:assert/strict';
import { parseJournalEntry } from '../../../src/logs/journal-entry.ts';
import { parseWrapped } from '../../../src/logs/journal-wrapped.ts';

const entry = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    __CURSOR: 's=1',
    __REALTIME_TIMESTAMP: '1767323045000042',
    __MONOTONIC_TIMESTAMP: '500000000',
    SYSLOG_IDENTIFIER: 'dockerd',
    _SYSTEMD_UNIT: 'docker.service',
    ...fields,
  });

const parse = (json: string): ReturnType<typeof parseJournalEntry> => parseJournalEntry(JSON.parse(json));

const textsOf = (message: unknown): string[] =>
  parse(entry({ MESSAGE: message }))?.lines.map(({ text }) => text) ?? [];

describe('an entry of the journal', () => {
  it('is a line of the program that wrote it, with the microsecond', () => {
    assert.deepEqual(parse(entry({ MESSAGE: 'hi' })), {
      cursor: 's=1',
      isOfContainer: false,
      lines: [
        {
          type: 'log',
          stream: 'stdout',
          service: 'dockerd',
          container: 'docker.service',
          time: '2026-01-02T03:04:05.000042000Z',
          text: 'hi',
        },
      ],
    });
  });

  it('may be bytes, several values, several lines, or nothing', () => {
    assert.deepEqual(textsOf([104, 105]), ['hi']);
    assert.deepEqual(textsOf(['a', [98]]), ['a b']);
    assert.deepEqual(textsOf('a\nb\n'), ['a', 'b']);
    assert.deepEqual(textsOf(null), ['']);
  });
});

describe('a journal in memory', () => {
  const time = '2026-01-02T03:04:05.000042000Z';

  it('has wrapped if its oldest entry is later than the boot', () => {
    assert.equal(parseWrapped(['1000000', entry({ MESSAGE: '' })]), time);
    assert.equal(parseWrapped(['499000000', entry({ MESSAGE: '' })]), undefined);
  });

  it('is not known to have wrapped if what journalctl prints is cut off, or is no entry', () => {
    for (const oldest of [
      entry({}).slice(0, 30),
      'null',
      '[]',
      '5',
      '{}',
      entry({ __REALTIME_TIMESTAMP: 'x' }),
    ])
      assert.equal(parseWrapped(['1000000', oldest]), undefined);
    assert.equal(parseWrapped(['', entry({})]), undefined);
  });

  it('is not known to have wrapped if it lies on a disk or is empty', () => {
    assert.equal(parseWrapped([]), undefined);
    assert.equal(parseWrapped(['1000000']), undefined);
  });
});
