import assert from 'node:assert/strict';
import { zoneOf } from '../../../src/net/address-range.ts';

describe('the zone of a link-local address', () => {
  it('is the name of its interface, and on Windows the number', () => {
    assert.equal(zoneOf('eth0', 7, 'linux'), 'eth0');
    assert.equal(zoneOf('en0', 7, 'darwin'), 'en0');
    assert.equal(zoneOf('Ethernet 2', 7, 'win32'), '7');
    assert.equal(zoneOf('Ethernet 2', undefined, 'win32'), '0');
  });
});
