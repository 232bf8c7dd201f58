import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findRecord, writeRecord, type DeviceRecord } from '../../src/emulator/device/device-record.ts';
import { removeDevice } from '../../src/emulator/down.ts';
import { devicePaths } from '../../src/emulator/place.ts';
import { needsMachine } from '../support/machine.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

describe('an emulated device whose files cannot all be deleted', function () {
  before(function () {
    needsMachine(this);
  });

  it('is still there, so that it can be deleted later and no other one of its name takes over what is left', async () => {
    await using directory = await openTempDirectory();
    const place = { stateDirectory: directory.path, cacheDirectory: '', resourceDirectory: '' };
    const record: DeviceRecord = {
      name: 'shop',
      uuid: 'a'.repeat(32),
      machine: 'os-0badcafe',
      variant: 'development',
      deviceType: 'genericx86-64',
      enginePort: 2377,
      subnet: '10.213.31.0/24',
      address: '10.213.31.2',
      config: {},
      supervisor: null,
      createdAt: '2026-01-01T00:00:00.000Z',
    };
    await writeRecord(place, record);
    const { root, data, state } = devicePaths(place, 'shop');
    const mounted = path.join(data, 'mounted');
    await mkdir(mounted, { recursive: true });
    await mkdir(state);
    await writeFile(path.join(state, 'file'), '');
    const context = { place, signal: new AbortController().signal, report: () => undefined };
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', mounted]);
    try {
      await assert.rejects(removeDevice(context, 'shop'), { code: 'host-unsuitable' });
      assert.deepEqual(await findRecord(place, 'shop'), record);
    } finally {
      execFileSync('umount', [mounted]);
    }
    await removeDevice(context, 'shop');
    assert.ok(!(await readdir(path.dirname(root))).includes('shop'));
  });
});
