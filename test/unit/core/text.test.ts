import assert from 'node:assert/strict';
import { OsError } from '../../../src/core/errors.ts';
import { formatBytes, formatDuration, parseDuration } from '../../../src/core/units.ts';

describe('sizes and durations', () => {
  it('are written for people', () => {
    assert.deepEqual([0, 999, 1000, 1234, 99_949, 99_950, 999_499, 999_500, 480_000_000].map(formatBytes), [
      '0 B',
      '999 B',
      '1.0 kB',
      '1.2 kB',
      '99.9 kB',
      '100 kB',
      '999 kB',
      '1.0 MB',
      '480 MB',
    ]);
    assert.deepEqual(
      [0, 12.4, 999, 1234, 59_900, 60_000, 184_000, 7_500_000, 273_600_000].map(formatDuration),
      ['0 ms', '12 ms', '999 ms', '1.2 s', '59.9 s', '1 min', '3 min 4 s', '2 h 5 min', '3 d 4 h'],
    );
  });

  it('are read as people write them', () => {
    assert.deepEqual(
      ['500ms', '3s', '1.5s', '2m', '4', ' 1h '].map(parseDuration),
      [500, 3000, 1500, 120_000, 4000, 3_600_000],
    );
    for (const text of ['', 's', '-1s', '3 s s', '1e3', 'NaN', '99999h'])
      assert.throws(
        () => parseDuration(text),
        (error: unknown) => error instanceof OsError && error.code === 'usage',
      );
  });
});
