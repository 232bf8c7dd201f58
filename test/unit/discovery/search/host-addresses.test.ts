import assert from 'node:assert/strict';
import { LinkView } from '../../../../src/discovery/search/link-view.ts';
import { resolveHost } from '../../../../src/discovery/resolve-host.ts';
import { rangeOf } from '../../../../src/net/address-range.ts';
import { addressOf, FakeNetwork, ipv4Link, pointer, srv } from '../../../support/fake-network.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

describe('the addresses of a device', () => {
  const eth0 = ipv4Link('eth0');

  for (const [told, own] of [
    [['172.17.0.1', '10.0.0.86'], ['172.17.0.1/32']],
    [['172.17.0.1', '10.0.0.86'], []],
    [['172.17.0.1'], ['172.17.0.1/32']],
    [['10.114.101.1', '10.0.0.9', 'fe80::9'], []],
  ] as const)
    it(`are the same by browsing and by resolving where it tells ${told.join(', ')} and ${own.join() || 'no address'} is this machine's`, async () => {
      const records = told.map(address => addressOf('one.local', address));
      const view = new LinkView(eth0, () => rangeOf(own));
      view.absorb([pointer('one'), srv('one'), ...records], '10.0.0.86', 0);
      const network = new FakeNetwork(eth0);
      network.own = [...own];
      const clock = new ManualClock();
      const resolved: string[] = [];
      const ended = (async () => {
        const signal = new AbortController().signal;
        for await (const address of resolveHost('one.local', { signal, timeoutMs: 2000, clock, network }))
          resolved.push(address);
      })();
      await clock.advance(0);
      network.say(eth0, records, '10.0.0.86');
      await clock.advance(2100);
      await ended;
      assert.deepEqual(resolved, view.devices()[0]?.addresses);
      assert.ok(!own.some(cidr => resolved.includes(cidr.replace('/32', ''))), resolved.join());
    });

  it('are none where this machine answers itself, so that it is no device', () => {
    const view = new LinkView(eth0, () => rangeOf(['10.0.0.1/32']));
    view.absorb([pointer('me'), srv('me'), addressOf('me.local', '10.0.0.1')], '10.0.0.1', 0);
    assert.deepEqual(view.devices(), []);
  });
});
