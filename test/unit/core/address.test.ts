import assert from 'node:assert/strict';
import { addressAndPort, inBrackets } from '../../../src/core/address.ts';

describe('an address in text', () => {
  it('is in brackets where it is of IPv6, so that its port can be told apart', () => {
    assert.equal(addressAndPort('10.0.0.5', 80), '10.0.0.5:80');
    assert.equal(addressAndPort('fe80::1%eth0', 2377), '[fe80::1%eth0]:2377');
    assert.equal(addressAndPort('board.local', '22222'), 'board.local:22222');
    assert.equal(inBrackets('::1'), '[::1]');
  });
});
