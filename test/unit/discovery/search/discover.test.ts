import assert from 'node:assert/strict';
import { discover } from '../../../../src/discovery/search/discover.ts';
import type { DiscoverOptions } from '../../../../src/discovery/search/discover.ts';
import type { DiscoveryEvent } from '../../../../src/discovery/found-device.ts';
import {
  addressOf,
  deviceRecords,
  FakeNetwork,
  ipv4Link,
  pointer,
  srv,
} from '../../../support/fake-network.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const eth0 = ipv4Link('eth0');

interface Session {
  told: string[];
  clock: ManualClock;
  stop: AbortController;
  ended: Promise<{ interfaces: string[] }>;
  hasEnded: () => boolean;
}

function tell(event: DiscoveryEvent): string {
  if (event.type === 'interface-failed')
    return `failed ${event.interface} ${event.family.toString()} ${event.code}`;
  return [event.type, event.device.host, ...event.device.addresses].join(' ');
}

async function open(network: FakeNetwork, options: Partial<DiscoverOptions> = {}): Promise<Session> {
  const clock = new ManualClock();
  const stop = new AbortController();
  const told: string[] = [];
  let hasEnded = false;
  const ended = discover({ signal: stop.signal, clock, timeoutMs: 3000, network, ...options }, event => {
    told.push(tell(event));
  }).finally(() => {
    hasEnded = true;
  });
  ended.catch(() => undefined);
  await clock.advance(0);
  return { told, clock, stop, ended, hasEnded: () => hasEnded };
}

describe('discover', () => {
  it('listens for the whole timeout when nothing answers', async () => {
    const session = await open(new FakeNetwork(eth0));
    await session.clock.advance(2900);
    assert.equal(session.hasEnded(), false);
    await session.clock.advance(200);
    assert.deepEqual(await session.ended, { interfaces: ['eth0'] });
    assert.deepEqual(session.told, []);
  });

  it('ends early when a device was found and nothing new comes', async () => {
    const network = new FakeNetwork(eth0);
    network.answer = ({ type }) => (type === 'PTR' ? deviceRecords('one', '10.0.0.5') : []);
    const session = await open(network);
    assert.deepEqual(session.told, ['found one.local 10.0.0.5']);
    await session.clock.advance(1000);
    assert.equal(session.hasEnded(), true);
    assert.deepEqual(network.open, []);
  });

  it('goes on while devices keep coming', async () => {
    const network = new FakeNetwork(eth0);
    const session = await open(network);
    for (const name of ['a', 'b', 'c', 'd']) {
      await session.clock.advance(400);
      network.say(eth0, deviceRecords(name, '10.0.0.5'));
    }
    assert.equal(session.hasEnded(), false);
    await session.clock.advance(600);
    assert.equal(session.hasEnded(), true);
  });

  it('asks for the service and the addresses of a pointer that came alone, until the timeout', async () => {
    const network = new FakeNetwork(eth0);
    const session = await open(network);
    network.say(eth0, [pointer('Lab 2.0')]);
    assert.ok(network.asked.includes('SRV Lab 2.0._ssh._tcp.local'));
    network.say(eth0, [srv('Lab 2.0', 'lab.local')]);
    assert.ok(network.asked.includes('A lab.local') && network.asked.includes('AAAA lab.local'));
    assert.deepEqual(session.told, ['found lab.local 10.0.0.99']);
    await session.clock.advance(2900);
    assert.equal(session.hasEnded(), false);
    assert.ok(network.asked.filter(question => question === 'A lab.local').length > 8);
    network.say(eth0, [addressOf('lab.local', '10.0.0.5')]);
    assert.equal(session.told.at(-1), 'changed lab.local 10.0.0.5');
  });

  it('ends at once when the caller has what it wants', async () => {
    const network = new FakeNetwork(eth0);
    let isSettled = false;
    const session = await open(network, { isSettled: () => isSettled });
    isSettled = true;
    await session.clock.advance(50);
    assert.equal(session.hasEnded(), true);
  });

  it('rejects with the reason of its signal, and leaves nothing open', async () => {
    const network = new FakeNetwork(eth0);
    const session = await open(network, { watch: true });
    session.stop.abort(new Error('enough'));
    await assert.rejects(session.ended, /enough/);
    assert.deepEqual(network.open, []);
  });

  it('searches one way when the other fails, and says which', async () => {
    const network = new FakeNetwork(eth0);
    network.failure = (_link, mode) => (mode === 'multicast' ? 'EADDRINUSE' : undefined);
    network.answer = () => deviceRecords('one', '10.0.0.5');
    const session = await open(network);
    await session.clock.advance(1000);
    assert.deepEqual(await session.ended, { interfaces: ['eth0'] });
    assert.deepEqual(session.told, ['found one.local 10.0.0.5', 'failed eth0 4 EADDRINUSE']);
  });

  it('fails when no interface can be asked, soon, having said why', async () => {
    const network = new FakeNetwork(eth0, ipv4Link('eth1', 1));
    network.failure = () => 'EPERM';
    const session = await open(network);
    await session.clock.advance(600);
    await assert.rejects(session.ended, { code: 'network-unavailable' });
    assert.deepEqual(session.told, ['failed eth0 4 EPERM', 'failed eth1 4 EPERM']);
  });

  it('fails at once when there is no interface', async () => {
    const session = await open(new FakeNetwork());
    await assert.rejects(session.ended, { code: 'network-unavailable' });
  });

  it('forgives an interface whose address is not ready at first', async () => {
    const network = new FakeNetwork(eth0);
    let sendCount = 0;
    network.failure = () => (sendCount++ < 3 ? 'EADDRNOTAVAIL' : undefined);
    network.answer = () => deviceRecords('one', '10.0.0.5');
    const session = await open(network);
    await session.clock.advance(1500);
    assert.deepEqual(session.told, ['found one.local 10.0.0.5']);
  });
});

describe('discover, watching', () => {
  const answerWhile = (network: FakeNetwork, isThere: () => boolean): void => {
    network.answer = () => (isThere() ? deviceRecords('one', '10.0.0.5') : []);
  };

  it('keeps a device that goes on answering', async () => {
    const network = new FakeNetwork(eth0);
    answerWhile(network, () => true);
    const session = await open(network, { watch: true });
    await session.clock.advance(300_000);
    assert.deepEqual(session.told, ['found one.local 10.0.0.5']);
    session.stop.abort();
  });

  it('asks for a silent device by name before it gives it up', async () => {
    const network = new FakeNetwork(eth0);
    let isThere = true;
    answerWhile(network, () => isThere);
    const session = await open(network, { watch: true });
    await session.clock.advance(20_000);
    isThere = false;
    await session.clock.advance(20_000);
    assert.deepEqual(session.told, ['found one.local 10.0.0.5']);
    assert.ok(network.asked.filter(question => question.startsWith('SRV one')).length > 5);
    await session.clock.advance(20_000);
    assert.deepEqual(session.told.at(-1), 'lost one.local 10.0.0.5');
    session.stop.abort();
  });

  it('lets go of a device a second after its goodbye, not when it is back by then', async () => {
    const network = new FakeNetwork(eth0);
    const session = await open(network, { watch: true });
    network.say(eth0, deviceRecords('one', '10.0.0.5'));
    network.say(eth0, [pointer('one', 0)]);
    await session.clock.advance(500);
    network.say(eth0, [pointer('one')]);
    await session.clock.advance(2000);
    assert.deepEqual(session.told, ['found one.local 10.0.0.5']);
    network.say(eth0, [pointer('one', 0)]);
    await session.clock.advance(2000);
    assert.deepEqual(session.told.at(-1), 'lost one.local 10.0.0.5');
    session.stop.abort();
  });

  it('tells a new address, and forgets the old one that a flush replaces', async () => {
    const network = new FakeNetwork(eth0);
    const session = await open(network, { watch: true });
    network.say(eth0, deviceRecords('one', '10.0.0.5'));
    await session.clock.advance(5000);
    network.say(eth0, [addressOf('one.local', '10.0.0.6')]);
    assert.deepEqual(session.told.at(-1), 'changed one.local 10.0.0.6');
    session.stop.abort();
  });

  it('follows interfaces that come and go', async () => {
    const [wlan0, network] = [ipv4Link('wlan0', 1), new FakeNetwork(eth0)];
    network.answer = (_question, link) => (link === wlan0 ? deviceRecords('two', '10.0.1.5') : []);
    const session = await open(network, { watch: true });
    network.links = [eth0, wlan0];
    await session.clock.advance(3500);
    assert.deepEqual(session.told, ['found two.local 10.0.1.5']);
    network.links = [eth0];
    await session.clock.advance(40_000);
    assert.deepEqual(session.told.at(-1), 'lost two.local 10.0.1.5');
    assert.equal(network.open.length, 2);
    session.stop.abort();
  });
});
