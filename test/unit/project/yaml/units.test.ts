import assert from 'node:assert/strict';
import { resolveScalar } from '../../../../src/project/yaml/resolve-scalar.ts';
import { parseBytes, parseDurationMs, parseMode } from '../../../../src/project/yaml/units.ts';

describe('quantities', () => {
  it('are durations, sizes, modes and words as compose reads them', () => {
    assert.deepEqual(
      ['1m30s', '1.5h', '500ms', '0', '1h5m30s20ms', '10us', '10', '1 m', '', 'm'].map(parseDurationMs),
      [90_000, 5_400_000, 500, 0, 3_930_020, 0.01, undefined, undefined, undefined, undefined],
    );
    assert.deepEqual(['64m', '1.5gb', '512KiB', '1024', '2 G', '10b', '1mm', '-1', ''].map(parseBytes), [
      67_108_864,
      1_610_612_736,
      524_288,
      1024,
      2_147_483_648,
      10,
      undefined,
      undefined,
      undefined,
    ]);
    assert.deepEqual([0o440, '0440', '440', '0o440', '9', 65_536].map(parseMode), [
      0o440,
      0o440,
      0o440,
      0o440,
      undefined,
      undefined,
    ]);
  });

  it('in YAML are octal with a leading zero, and words stay words', () => {
    const texts = [
      '0755',
      '0o755',
      '0x1F',
      '1_000',
      '1e3',
      '1.0',
      '089',
      'yes',
      'no',
      'on',
      'true',
      '~',
      '22:22',
      '-5',
      '.5',
      '1.2.3',
      '+7',
      '0',
    ];
    const values = [
      493,
      493,
      31,
      1000,
      1000,
      1,
      89,
      'yes',
      'no',
      'on',
      true,
      null,
      '22:22',
      -5,
      0.5,
      '1.2.3',
      7,
      0,
    ];
    assert.deepEqual(texts.map(resolveScalar), values);
  });
});
