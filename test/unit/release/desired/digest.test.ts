import assert from 'node:assert/strict';
import { stableJson } from '../../../../src/release/desired/digest.ts';

describe('the digest of a service', () => {
  it('is the same in whatever order it is written', () => {
    assert.equal(stableJson({ b: [{ y: 1, x: 2 }], a: 1 }), stableJson({ a: 1, b: [{ x: 2, y: 1 }] }));
    assert.equal(stableJson({ a: 1, b: undefined }), '{"a":1}');
  });
});
