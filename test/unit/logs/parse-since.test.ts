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

  it('refuses anything else', () => {
    for (const text of ['yesterday', '10x', '', '10 m'])
      assert.throws(() => parseSince(text), { code: 'usage' });
  });
});
