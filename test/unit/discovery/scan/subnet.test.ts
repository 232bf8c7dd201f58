import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addressesOf, parseSubnet } from '../../../../src/discovery/scan/subnet.ts';

describe('parseSubnet', () => {
  it('takes the network an address is in, without its first and last address', () => {
    const subnet = parseSubnet('10.8.0.7/29');
    assert.equal(subnet.cidr, '10.8.0.0/29');
    assert.deepEqual(
      [...addressesOf(subnet)],
      [1, 2, 3, 4, 5, 6].map(host => `10.8.0.${host.toString()}`),
    );
  });

  it('takes single addresses and point-to-point pairs whole', () => {
    assert.deepEqual([...addressesOf(parseSubnet('192.168.1.20'))], ['192.168.1.20']);
    assert.deepEqual([...addressesOf(parseSubnet('10.0.0.0/31'))], ['10.0.0.0', '10.0.0.1']);
    assert.deepEqual([...addressesOf(parseSubnet('255.255.255.255/32'))], ['255.255.255.255']);
  });

  it('refuses what is no subnet, or one that is too large', () => {
    for (const text of [
      '',
      'mydevice',
      '10.0.0/24',
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/2a',
      '::1/120',
      '1.2.3.4/24/1',
    ])
      assert.throws(() => parseSubnet(text), { code: 'usage' }, text);
    assert.throws(() => parseSubnet('10.0.0.0/15'), { code: 'usage', message: /too large/ });
    assert.equal(parseSubnet('10.0.0.0/16').count, 65_534);
  });

  it('yields as many distinct addresses as it says', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 22, max: 32 }), (address, prefix) => {
        const subnet = parseSubnet(`${address}/${prefix.toString()}`);
        const addresses = [...addressesOf(subnet)];
        assert.equal(new Set(addresses).size, subnet.count);
        for (const one of addresses) parseSubnet(one);
      }),
      { numRuns: 50 },
    );
  });
});
