import assert from 'node:assert/strict';
import { compareOsVersions } from '../../../src/core/os-version.ts';

describe('versions of the host OS', () => {
  it('are ordered by numbers, then the prerelease, then the revision, which is 0 where it is missing', () => {
    const ascending = [
      '2.0.0-rc1',
      '2.0.0-rc1.2',
      '2.0.0',
      '2.0.0+rev2',
      '2.0.0+rev10',
      '2.9.0',
      '2.10.0',
      '2022.1.0',
    ];
    for (const [index, older] of ascending.entries())
      for (const newer of ascending.slice(index + 1)) {
        assert.ok((compareOsVersions(older, newer) ?? 0) < 0, `${older} < ${newer}`);
        assert.ok((compareOsVersions(newer, older) ?? 0) > 0, `${newer} > ${older}`);
      }
  });

  it('are the same in the forms that images and devices have for them', () => {
    for (const form of [
      '2.0.0+rev2',
      'v2.0.0+rev2',
      'balenaOS 2.0.0+rev2',
      'Resin OS 2.0.0+rev2 (dev)',
      '2.0.0+rev2.prod',
    ])
      assert.equal(compareOsVersions(form, '2.0.0+rev2'), 0, form);
  });

  it('that are none are older and newer than nothing', () => {
    assert.equal(compareOsVersions('latest', '2.0.0'), undefined);
    assert.equal(compareOsVersions('2.0.0', '2.0'), undefined);
  });
});
