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

describe('all devices of a scan', () => {
  it('are those that are open to development', () => {
    assert.deepEqual(
      pickOpen([found('yard', 'standalone'), found('till', 'production'), found('hall', 'development')]),
      { words: ['hall', 'yard'], unknown: [] },
    );
  });

  it('leave out those that do not tell their variant, which are named', () => {
    assert.deepEqual(
      pickOpen([found('hall', 'development'), found('roof', null), found('attic', undefined)]),
      { words: ['hall'], unknown: ['roof', 'attic'] },
    );
  });

  it('are named by their addresses where two have one name', () => {
    const twin = (address: string): ScannedDevice =>
      found('hall', 'development', { key: address, addresses: [address] });
    assert.deepEqual(pickOpen([twin('10.0.0.7'), twin('10.0.0.5'), found('yard', 'development')]).words, [
      '10.0.0.5',
      '10.0.0.7',
      'yard',
    ]);
  });
});
