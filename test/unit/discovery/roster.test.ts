import assert from 'node:assert/strict';
import type { FoundDevice } from '../../../src/discovery/found-device.ts';
import { Roster } from '../../../src/discovery/roster.ts';
import type { ScanEvent } from '../../../src/discovery/scanned-device.ts';
import { identityOf } from '../../support/identity.ts';

const found = (link: string, host: string, ...addresses: string[]): FoundDevice => ({
  key: `${link} ${host}`,
  instance: host,
  host: `${host}.local`,
  port: 22222,
  addresses,
  interfaces: [link],
});

const swept = (address: string): FoundDevice => ({
  ...found('', address, address),
  key: `subnet ${address}`,
  host: address,
  interfaces: [],
});

const tell = (events: ScanEvent[]): string[] =>
  events.map(event => ('device' in event ? `${event.type} ${event.device.key}` : event.type));

describe('Roster', () => {
  it('takes the same name at the same address on two interfaces as one device', () => {
    const roster = new Roster();
    assert.deepEqual(tell(roster.put(found('eth0', 'one', '10.0.0.5'))), ['found eth0 one']);
    assert.deepEqual(tell(roster.put(found('wlan0', 'one', '10.0.0.5', 'fe80::5%wlan0'))), [
      'changed eth0 one',
    ]);
    const [device] = roster.devices();
    assert.deepEqual(device?.interfaces, ['eth0', 'wlan0']);
    assert.deepEqual(device.addresses, ['10.0.0.5', 'fe80::5%wlan0']);
  });

  it('keeps two devices of one name apart, until their UUID is the same', () => {
    const roster = new Roster();
    roster.put(found('eth0', 'one', '10.0.0.5'));
    roster.put(found('eth1', 'one', '10.0.1.5'));
    roster.put(found('eth2', 'one', '10.0.2.5'));
    roster.learn('eth0 one', identityOf('aaaa'));
    assert.deepEqual(tell(roster.learn('eth1 one', identityOf('bbbb'))), ['changed eth1 one']);
    assert.deepEqual(tell(roster.learn('eth2 one', identityOf('aaaa'))), ['merged eth0 one']);
    assert.deepEqual(
      roster.devices().map(({ addresses }) => addresses),
      [['10.0.0.5', '10.0.2.5'], ['10.0.1.5']],
    );
  });

  it('does not take link-local addresses of two links for the same', () => {
    const roster = new Roster();
    roster.put(found('eth0', 'one', 'fe80::5%eth0'));
    assert.deepEqual(tell(roster.put(found('eth1', 'one', 'fe80::5%eth1'))), ['found eth1 one']);
  });

  it('gives a swept address the name it is advertised under, whichever came first', () => {
    for (const order of [0, 1]) {
      const roster = new Roster();
      const both = [swept('10.0.0.5'), found('eth0', 'one', '10.0.0.5')];
      for (const device of order === 0 ? both : both.reverse()) roster.put(device);
      assert.deepEqual(
        roster.devices().map(({ name }) => name),
        ['one'],
      );
    }
  });

  it('loses a device when the last link loses it', () => {
    const roster = new Roster();
    roster.put(found('eth0', 'one', '10.0.0.5'));
    roster.put(found('wlan0', 'one', '10.0.0.5'));
    assert.deepEqual(tell(roster.remove('eth0 one')), ['changed eth0 one']);
    assert.deepEqual(tell(roster.remove('wlan0 one')), ['lost eth0 one']);
    assert.deepEqual(roster.devices(), []);
  });

  it('tells nothing where nothing is new', () => {
    const roster = new Roster();
    roster.put(found('eth0', 'one', '10.0.0.5'));
    roster.learn('eth0 one', identityOf('aaaa'));
    assert.deepEqual(roster.put(found('eth0', 'one', '10.0.0.5')), []);
    assert.deepEqual(roster.learn('eth0 one', identityOf('aaaa')), []);
    assert.deepEqual(roster.learn('gone', identityOf('aaaa')), []);
  });
});
