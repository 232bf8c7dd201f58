import assert from 'node:assert/strict';
import type { Probe, ScanOptions } from '../../../../src/discovery/scan/scan.ts';
import { scan } from '../../../../src/discovery/scan/scan.ts';
import type { ScanEvent } from '../../../../src/discovery/scan/scanned-device.ts';
import { addressOf, deviceRecords, FakeNetwork, ipv4Link } from '../../../support/fake-network.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { identityOf } from '../../../support/identity.ts';

const eth0 = ipv4Link('eth0');

const answering: Probe = found => Promise.resolve(identityOf(found.host));

const hanging: Probe = (_found, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

interface Session {
  events: ScanEvent[];
  told: () => string[];
  clock: ManualClock;
  stop: AbortController;
  ended: Promise<void>;
}

async function open(probe: Probe, options: Partial<ScanOptions> = {}): Promise<Session> {
  const network = new FakeNetwork(eth0);
  network.answer = ({ type }) =>
    type === 'PTR' ? [...deviceRecords('a', '10.0.0.5'), ...deviceRecords('b', '10.0.0.6')] : [];
  const [clock, stop, events]: [ManualClock, AbortController, ScanEvent[]] = [
    new ManualClock(),
    new AbortController(),
    [],
  ];
  const ended = scan(
    { signal: stop.signal, clock, timeoutMs: 3000, probe, network, ...options },
    event => void events.push(event),
  );
  ended.catch(() => undefined);
  await clock.advance(0);
  const told = (): string[] =>
    events.map(event =>
      'device' in event ? `${event.type} ${event.device.name} ${event.device.state}` : event.type,
    );
  return { events, told, clock, stop, ended };
}

describe('scan', () => {
  it('reports devices when found, again when known, and all of them when done', async () => {
    const { clock, ended, told } = await open(answering);
    await clock.advance(1500);
    await ended;
    assert.deepEqual(told(), [
      'found a probing',
      'found b probing',
      'changed a probed',
      'changed b probed',
      'done',
    ]);
  });

  it('is not held up by a device that hangs, throws or answers nothing', async () => {
    const sick: Probe = (found, signal) => {
      if (found.host === 'a.local') return hanging(found, signal);
      throw new TypeError('not even a promise');
    };
    const { clock, ended, events, told } = await open(sick, { probeTimeoutMs: 30 });
    await clock.advance(1500);
    await ended;
    assert.deepEqual(told().slice(0, 3), ['found a probing', 'found b probing', 'changed b silent']);
    const done = events.at(-1);
    assert.ok(done?.type === 'done');
    assert.deepEqual(
      done.devices.map(({ name, state }) => [name, state]),
      [
        ['a', 'silent'],
        ['b', 'silent'],
      ],
    );
  });

  it('believes the probe of the better address, whichever ends last', async () => {
    const network = new FakeNetwork(eth0);
    network.answer = ({ type }) => (type === 'PTR' ? deviceRecords('a', 'fe80::5') : []);
    const slowOverIpv6: Probe = async (found, signal) => {
      const [address = ''] = found.addresses;
      if (address.includes(':')) for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      return { ...(await answering(found, signal)), uuid: address };
    };
    const { clock, ended, events } = await open(slowOverIpv6, { network });
    network.say(eth0, [addressOf('a.local', '10.0.0.5', false)]);
    await clock.advance(1500);
    await ended;
    const [done] = events.filter(event => event.type === 'done');
    assert.deepEqual(
      done?.devices.map(({ identity }) => identity?.uuid),
      ['10.0.0.5'],
    );
  });

  it('probes eight devices at a time, no more', async () => {
    const network = new FakeNetwork(eth0);
    const names = Array.from({ length: 20 }, (_, i) => `d${i.toString()}`);
    network.answer = () => names.flatMap((name, i) => deviceRecords(name, `10.0.0.${(i + 5).toString()}`));
    let [running, most] = [0, 0];
    const counting: Probe = async (found, signal) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      return await answering(found, signal);
    };
    const { clock, ended } = await open(counting, { network });
    await clock.advance(1500);
    await ended;
    assert.equal(most, 8);
  });

  it('has no probe wait twice for a watched device, however slow the devices of a network are', async () => {
    const network = new FakeNetwork(eth0);
    const names = Array.from({ length: 20 }, (_, i) => `d${i.toString()}`);
    network.answer = () => names.flatMap((name, i) => deviceRecords(name, `10.0.0.${(i + 5).toString()}`));
    let probeCount = 0;
    let letThrough = (): void => undefined;
    const opened = new Promise<void>(resolve => (letThrough = resolve));
    const slow: Probe = async (found, signal) => {
      probeCount += 1;
      await opened;
      return await answering(found, signal);
    };
    const { clock, ended, stop } = await open(slow, { network, watch: true, probeTimeoutMs: 60_000 });
    await clock.advance(150_000);
    letThrough();
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    // Eight were under way, and each of the twenty waited once.
    assert.equal(probeCount, 28);
    stop.abort(new Error('enough'));
    await assert.rejects(ended, /enough/);
  });

  it('probes a watched device again, and takes back what it said on Ctrl-C', async () => {
    let probeCount = 0;
    const counting: Probe = (found, signal) => {
      probeCount += 1;
      return answering(found, signal);
    };
    const { clock, ended, stop, told } = await open(counting, { watch: true });
    await clock.advance(20_000);
    assert.equal(probeCount, 4);
    stop.abort(new Error('enough'));
    await assert.rejects(ended, /enough/);
    assert.equal(told().includes('done'), false);
  });

  it('does not call a device silent because the scan was interrupted', async () => {
    const { ended, stop, told } = await open(hanging, { watch: true });
    stop.abort(new Error('enough'));
    await assert.rejects(ended, /enough/);
    assert.deepEqual(told(), ['found a probing', 'found b probing']);
  });
});
