import assert from 'node:assert/strict';
import type { FoundDevice } from '../../../../src/discovery/found-device.ts';
import { DeviceTable } from '../../../../src/discovery/scan/device-table.ts';
import type { ScanEvent } from '../../../../src/discovery/scan/scanned-device.ts';
import { identityOf } from '../../../support/identity.ts';

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

const summarize = (events: ScanEvent[]): string[] =>
  events.map(event => ('device' in event ? `${event.type} ${event.device.key}` : event.type));

describe('DeviceTable', () => {
  it('takes the same name at the same address on two interfaces as one device', () => {
    const table = new DeviceTable();
    assert.deepEqual(summarize(table.put(found('eth0', 'one', '10.0.0.5'))), ['found eth0 one']);
    assert.deepEqual(summarize(table.put(found('wlan0', 'one', '10.0.0.5', 'fe80::5%wlan0'))), [
      'changed eth0 one',
    ]);
    const [device] = table.devices();
    assert.deepEqual(device?.interfaces, ['eth0', 'wlan0']);
    assert.deepEqual(device.addresses, ['10.0.0.5', 'fe80::5%wlan0']);
  });

  it('keeps two devices of one name apart, until their UUID is the same', () => {
    const table = new DeviceTable();
    table.put(found('eth0', 'one', '10.0.0.5'));
    table.put(found('eth1', 'one', '10.0.1.5'));
    table.put(found('eth2', 'one', '10.0.2.5'));
    table.learn('eth0 one', identityOf('aaaa'));
    assert.deepEqual(summarize(table.learn('eth1 one', identityOf('bbbb'))), ['changed eth1 one']);
    assert.deepEqual(summarize(table.learn('eth2 one', identityOf('aaaa'))), ['merged eth0 one']);
    assert.deepEqual(
      table.devices().map(({ addresses }) => addresses),
      [['10.0.0.5', '10.0.2.5'], ['10.0.1.5']],
    );
  });

  it('shows an emulated device under the name it was made with, from its first event on', () => {
    const table = new DeviceTable(new Map([['10.213.0.2', 'kitchen']]));
    const [event] = table.put(found('br0', '63ec46c', '10.213.0.2'));
    assert.equal(event?.type === 'found' && event.device.name, 'kitchen');
    table.put(found('eth0', 'attic', '10.0.0.5'));
    assert.deepEqual(
      table.devices().map(({ name, host }) => [name, host]),
      [
        ['attic', 'attic.local'],
        ['kitchen', '63ec46c.local'],
      ],
    );
  });

  it('does not take link-local addresses of two links for the same', () => {
    const table = new DeviceTable();
    table.put(found('eth0', 'one', 'fe80::5%eth0'));
    assert.deepEqual(summarize(table.put(found('eth1', 'one', 'fe80::5%eth1'))), ['found eth1 one']);
  });

  it('gives a swept address the name it is advertised under, whichever came first', () => {
    for (const order of [0, 1]) {
      const table = new DeviceTable();
      const both = [swept('10.0.0.5'), found('eth0', 'one', '10.0.0.5')];
      for (const device of order === 0 ? both : both.reverse()) table.put(device);
      assert.deepEqual(
        table.devices().map(({ name }) => name),
        ['one'],
      );
    }
  });

  it('loses a device when the last link loses it', () => {
    const table = new DeviceTable();
    table.put(found('eth0', 'one', '10.0.0.5'));
    table.put(found('wlan0', 'one', '10.0.0.5'));
    assert.deepEqual(summarize(table.remove('eth0 one')), ['changed eth0 one']);
    assert.deepEqual(summarize(table.remove('wlan0 one')), ['lost eth0 one']);
    assert.deepEqual(table.devices(), []);
  });

  it('tells nothing where nothing is new', () => {
    const table = new DeviceTable();
    table.put(found('eth0', 'one', '10.0.0.5'));
    table.learn('eth0 one', identityOf('aaaa'));
    assert.deepEqual(table.put(found('eth0', 'one', '10.0.0.5')), []);
    assert.deepEqual(table.learn('eth0 one', identityOf('aaaa')), []);
    assert.deepEqual(table.learn('gone', identityOf('aaaa')), []);
  });
});
