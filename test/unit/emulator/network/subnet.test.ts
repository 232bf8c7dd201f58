import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseRoutes } from '../../../../src/emulator/network/bridge.ts';
import {
  defaultSubnets,
  findFreeAddress,
  gatewayOf,
  isOverlapping,
  parseSubnet,
} from '../../../../src/emulator/network/subnet.ts';
import { candidateNetworks } from '../../../../src/emulator/device/plan-record.ts';
import { findIPv4Network, formatIPv4Network } from '../../../../src/net/ipv4.ts';

describe('a network of devices', () => {
  it('is written as it is read, host bits left out', () => {
    assert.equal(formatIPv4Network(parseSubnet('10.213.0.77/24')), '10.213.0.0/24');
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 16, max: 28 }), (address, length) => {
        const text = formatIPv4Network(parseSubnet(`${address}/${length.toString()}`));
        assert.equal(formatIPv4Network(parseSubnet(text)), text);
      }),
    );
  });

  it('is refused where no device could live in it', () => {
    for (const text of [
      '',
      '10.0.0.0',
      '10.0.0.0/8',
      '10.0.0.0/30',
      '10.0.0.256/24',
      '10.0.0/24',
      '::/64',
      '1.2.3.4/24/5',
    ])
      assert.throws(() => parseSubnet(text), { code: 'usage' }, text);
  });

  it('overlaps another one exactly when they share an address', () => {
    const overlaps = (a: string, b: string): boolean => {
      const [first, second] = [findIPv4Network(a), findIPv4Network(b)];
      assert.ok(first && second);
      assert.equal(isOverlapping(first, second), isOverlapping(second, first));
      return isOverlapping(first, second);
    };
    assert.ok(overlaps('10.213.0.0/24', '10.213.0.9'));
    assert.ok(overlaps('10.0.0.0/8', '10.213.4.0/24'));
    assert.ok(!overlaps('10.213.0.0/24', '10.213.1.0/24'));
    assert.ok(!overlaps('10.213.0.0/24', '10.212.255.255'));
  });

  it('gives the machine the first address and devices the next free ones', () => {
    const subnet = parseSubnet('10.1.2.0/28');
    assert.equal(gatewayOf(subnet), '10.1.2.1');
    assert.equal(findFreeAddress(subnet, new Set(['10.1.2.2', '10.1.2.4'])), '10.1.2.3');
    const all = new Set(Array.from({ length: 16 }, (_, i) => `10.1.2.${i.toString()}`));
    assert.throws(() => findFreeAddress(subnet, all), { code: 'busy' });
  });

  it('is the one that is asked for and no other; else that of the device or its neighbours, and others where it is taken', () => {
    const tried = (...args: Parameters<typeof candidateNetworks>): string[] =>
      candidateNetworks(...args).map(formatIPv4Network);
    const [asked, own, neighbours] = ['10.1.0.0/24', '10.2.0.0/24', '10.3.0.0/24'];
    const defaults = defaultSubnets.map(formatIPv4Network);
    const others = [{ subnet: neighbours }];
    assert.deepEqual(tried({ subnet: parseSubnet(asked) }, { subnet: own }, others), [asked]);
    assert.deepEqual(tried({}, { subnet: own }, others), [own, ...defaults]);
    assert.deepEqual(tried({}, undefined, others), [neighbours, ...defaults]);
    assert.deepEqual(tried({}, undefined, []), defaults);
  });

  it('has defaults that leave each other alone', () => {
    defaultSubnets.forEach((one, i) => {
      for (const other of defaultSubnets.slice(i + 1)) assert.ok(!isOverlapping(one, other));
    });
  });

  it('is compared with the routes of the machine, the default route left out', () => {
    const routes = [
      { dst: 'default', gateway: '192.0.2.1', dev: 'eth0' },
      { dst: '192.0.2.0/24', dev: 'eth0' },
      { type: 'local', dst: '127.0.0.1', dev: 'lo' },
    ];
    assert.deepEqual(
      parseRoutes(JSON.stringify(routes)).map(({ subnet, link }) => `${formatIPv4Network(subnet)} ${link}`),
      ['192.0.2.0/24 eth0', '127.0.0.1/32 lo'],
    );
    assert.deepEqual(parseRoutes(''), []);
  });
});
