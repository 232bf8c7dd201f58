import assert from 'node:assert/strict';
import { resolveHost } from '../../../src/discovery/resolve-host.ts';
import { addressOf, FakeNetwork, ipv4Link } from '../../support/fake-network.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const eth0 = ipv4Link('eth0');
const wlan0 = ipv4Link('wlan0', 1);

interface Resolution {
  addresses: string[];
  clock: ManualClock;
  stop: AbortController;
  ended: Promise<void>;
}

function open(network: FakeNetwork, host = 'One.local'): Resolution {
  const [addresses, clock, stop]: [string[], ManualClock, AbortController] = [
    [],
    new ManualClock(),
    new AbortController(),
  ];
  const collect = async (): Promise<void> => {
    for await (const address of resolveHost(host, { signal: stop.signal, timeoutMs: 2000, clock, network }))
      addresses.push(address);
  };
  const ended = collect();
  ended.catch(() => undefined);
  return { addresses, clock, stop, ended };
}

describe('resolveHost', () => {
  it('yields addresses as they come, each once, link-local ones with their zone', async () => {
    const network = new FakeNetwork(eth0, wlan0);
    const { addresses, clock, ended } = open(network);
    await clock.advance(0);
    network.say(eth0, [addressOf('one.local', '10.0.0.5'), addressOf('other.local', '10.0.0.6')]);
    await clock.advance(10);
    assert.deepEqual(addresses, ['10.0.0.5']);
    network.say(wlan0, [addressOf('one.local', 'fe80::5'), addressOf('one.local', '10.0.0.5')]);
    await clock.advance(1000);
    await ended;
    assert.deepEqual(addresses, ['10.0.0.5', 'fe80::5%wlan0']);
    assert.deepEqual(network.open, []);
  });

  it('ends at the timeout when nobody answers', async () => {
    const network = new FakeNetwork(eth0);
    const { addresses, clock, ended } = open(network);
    await clock.advance(2100);
    await ended;
    assert.deepEqual(addresses, []);
    assert.ok(network.asked.includes('AAAA One.local'));
  });

  it('stops asking when the consumer has enough', async () => {
    const network = new FakeNetwork(eth0);
    network.answer = () => [addressOf('one.local', '10.0.0.5')];
    const signal = new AbortController().signal;
    for await (const address of resolveHost('one.local', { signal, timeoutMs: 2000, network })) {
      assert.equal(address, '10.0.0.5');
      break;
    }
    assert.deepEqual(network.open, []);
  });

  it('takes the responder itself where its answers name loopback or a far address, as browsing does', async () => {
    const network = new FakeNetwork(eth0);
    const { addresses, clock, ended } = open(network);
    await clock.advance(0);
    for (const address of ['127.0.0.1', '1.1.1.1', '::1', 'ff02::fb', '2606:4700::1'])
      network.say(eth0, [addressOf('one.local', address)]);
    await clock.advance(2100);
    await ended;
    assert.deepEqual(addresses, ['10.0.0.99']);
  });

  it('never yields an address of this machine, and starts with the one that the answer came from', async () => {
    const network = new FakeNetwork(eth0);
    network.own = ['172.17.0.1/32'];
    const { addresses, clock, ended } = open(network);
    await clock.advance(0);
    const told = ['172.17.0.1', '10.0.0.1', '10.0.0.20', '10.0.0.86', '192.168.7.7'];
    network.say(
      eth0,
      told.map(address => addressOf('one.local', address)),
      '10.0.0.86',
    );
    await clock.advance(2100);
    await ended;
    assert.deepEqual(addresses, ['10.0.0.86', '10.0.0.20', '192.168.7.7']);
  });

  it('yields nothing where this machine itself answers', async () => {
    const network = new FakeNetwork(eth0);
    const { addresses, clock, ended } = open(network);
    await clock.advance(0);
    network.say(eth0, [addressOf('one.local', '10.0.0.1')], '10.0.0.1');
    await clock.advance(2100);
    await ended;
    assert.deepEqual(addresses, []);
  });

  it('rejects with the reason of its signal, and when no interface can be asked', async () => {
    const network = new FakeNetwork(eth0);
    const { clock, ended, stop } = open(network);
    await clock.advance(0);
    stop.abort(new Error('enough'));
    await assert.rejects(ended, /enough/);
    await assert.rejects(open(new FakeNetwork()).ended, { code: 'network-unavailable' });
  });
});
