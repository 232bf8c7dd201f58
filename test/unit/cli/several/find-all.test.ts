import assert from 'node:assert/strict';
import { pickOpen } from '../../../../src/cli/several/find-all.ts';
import type { DeviceIdentity } from '../../../../src/device/identity.ts';
import type { ScannedDevice } from '../../../../src/discovery/scan/scanned-device.ts';

const found = (
  name: string,
  variant: DeviceIdentity['variant'] | undefined,
  more: Partial<ScannedDevice> = {},
): ScannedDevice => ({
  ...{ key: name, name, host: `${name}.local`, addresses: [], interfaces: ['eth0'] },
  ...{ identity: variant === undefined ? null : ({ variant } as DeviceIdentity), state: 'probed' },
  ...more,
});

const byHost = (name: string): object => ({ label: name, word: `${name}.local` });

describe('all devices of a scan', () => {
  it('are those that are open to development', () => {
    assert.deepEqual(
      pickOpen([found('yard', 'standalone'), found('till', 'production'), found('hall', 'development')]),
      { named: ['hall', 'yard'].map(byHost), unknown: [] },
    );
  });

  it('leave out those that do not tell their variant, which are named', () => {
    assert.deepEqual(
      pickOpen([found('hall', 'development'), found('roof', null), found('attic', undefined)]),
      { named: [byHost('hall')], unknown: ['roof', 'attic'] },
    );
  });

  it('are named by their addresses where two have one name', () => {
    const twin = (address: string): ScannedDevice =>
      found('hall', 'development', { key: address, addresses: [address] });
    assert.deepEqual(pickOpen([twin('10.0.0.7'), twin('10.0.0.5'), found('yard', 'development')]).named, [
      { label: '10.0.0.5', word: '10.0.0.5' },
      { label: '10.0.0.7', word: '10.0.0.7' },
      byHost('yard'),
    ]);
  });

  it('are not named as a device that is not open to development, or that emulates one', () => {
    const hall = found('hall', 'development', { addresses: ['10.0.0.5'] });
    const others = [
      found('HALL', 'production', { addresses: ['10.0.0.9'] }),
      found('hall', null, { host: 'a1b2c3d.local' }),
    ];
    for (const other of others)
      assert.deepEqual(pickOpen([hall, other]).named, [{ label: '10.0.0.5', word: '10.0.0.5' }]);
  });

  it('are looked for by the UUID that they told, whatever name they announce', () => {
    const uuid = 'a5af40db33a493901385a5abea426d4e';
    const identity = { variant: 'development', uuid } as DeviceIdentity;
    for (const name of ['hall', '10.0.0.9', '@shop', 'a,b', '\x1b[2Jhall', 'till'])
      assert.deepEqual(pickOpen([found(name, 'development', { identity })]).named, [
        { label: name, word: uuid },
      ]);
  });

  it('are looked for by their address where neither UUID nor name leads to them', () => {
    for (const name of ['10.0.0.9', 'a,b', '@shop', '', 'hall/../till']) {
      const host = name === '10.0.0.9' ? name : `${name}.local`;
      for (const uuid of [null, '63ec', 'no-uuid']) {
        const identity = { variant: 'development', uuid } as DeviceIdentity;
        const device = found(name, 'development', { identity, host, addresses: ['10.0.0.5'] });
        assert.deepEqual(pickOpen([device]).named, [{ label: name, word: '10.0.0.5' }], name);
      }
    }
  });
});
