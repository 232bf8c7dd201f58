import assert from 'node:assert/strict';
import { parseSince, toInstant } from '../../../src/logs/parse-since.ts';

describe('--since', () => {
  const now = '2026-01-02T03:04:05.123456789Z';
  const nowS = 1_767_323_045;

  it('counts back from the clock of the device', () => {
    assert.equal(toInstant(parseSince('10m'), now), `${(nowS - 600).toString()}.123456789`);
    assert.equal(toInstant(parseSince('1h30m'), now), `${(nowS - 5400).toString()}.123456789`);
  });

  it('takes dates and seconds', () => {
    assert.deepEqual(parseSince('2026-01-02T03:04:05Z'), { unix: nowS.toString() });
    assert.deepEqual(parseSince('1767323045.5'), { unix: '1767323045.5' });
  });

  it('takes a date for one of the zone of this machine, with and without a time, unless it names another', () => {
    const formerZone = process.env['TZ'];
    process.env['TZ'] = 'Asia/Kolkata';
    try {
      const midnight = ['2026-01-02', '2026-01-02 00:00', '2026-01-02T00:00:00', '2026-01-01T18:30Z'];
      const zoned = ['2026-01-02T00:00+05:30', '2026-01-02T00:00+0530', '2026-01-02+05:30'];
      for (const text of [...midnight, ...zoned]) assert.deepEqual(parseSince(text), { unix: '1767292200' });
    } finally {
      if (formerZone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = formerZone;
    }
  });

  it('takes the times that --timestamps prints, with all their digits', () => {
    assert.deepEqual(parseSince('2026-01-02T03:04:05.123456789Z'), { unix: `${nowS.toString()}.123456789` });
  });

  it('refuses anything else', () => {
    const noDates = ['2026-02-30', '2026-04-31 00:00', '2026-01-02 (x)', '2026-13-01', '2026-01-02T25:00'];
    for (const text of ['yesterday', '10x', '', '10 m', ...noDates])
      assert.throws(() => parseSince(text), { code: 'usage' });
  });

  it('is never before 1970, which journalctl refuses and an engine takes for a time to come', () => {
    assert.equal(toInstant(parseSince('1969-12-31T00:00:00Z'), now), '0');
    assert.equal(toInstant(parseSince('9'.repeat(30) + 'd'), now), '0');
    // A board that has no clock, shortly after its boot.
    assert.equal(toInstant({ agoS: 3600 }, '1970-01-01T00:05:00.5Z'), '0');
    assert.equal(toInstant({ agoS: 60 }, '1970-01-01T00:05:00.5Z'), '240.500000000');
  });
});
