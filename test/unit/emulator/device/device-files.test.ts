import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  macOf,
  osRelease,
  planConfigText,
  writeDeviceFiles,
} from '../../../../src/emulator/device/device-files.ts';
import type { DeviceRecord } from '../../../../src/emulator/device/device-record.ts';
import {
  checkDeviceName,
  findRecord,
  getRecord,
  linkName,
  readRecords,
  writeRecord,
} from '../../../../src/emulator/device/device-record.ts';
import { nspawnArguments } from '../../../../src/emulator/machine/nspawn-arguments.ts';
import { devicePaths } from '../../../../src/emulator/place.ts';
import { parseSubnet } from '../../../../src/emulator/network/subnet.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

const record: DeviceRecord = {
  name: 'shop',
  uuid: '63ec46c0ffee4bad8badc0de12345678',
  variant: 'development',
  deviceType: 'raspberrypi3',
  enginePort: 2377,
  subnet: '10.213.0.0/24',
  address: '10.213.0.2',
  config: { hostname: 'shop' },
  supervisor: null,
  createdAt: '2026-01-01T00:00:00.000Z',
};
const place = (directory: string): Parameters<typeof devicePaths>[0] => ({
  stateDirectory: directory,
  cacheDirectory: directory,
  resourceDirectory: directory,
});

describe('the files of an emulated device', () => {
  it('tell the variant as the OS of that version did', () => {
    assert.match(osRelease(record), /^VARIANT="Development"\nVARIANT_ID="dev"$/m);
    assert.match(osRelease({ ...record, variant: 'standalone' }), /^VARIANT_ID="dev"$/m);
    assert.match(osRelease({ ...record, variant: 'production' }), /^VARIANT_ID="prod"$/m);
    assert.match(osRelease(record), /^SLUG="raspberrypi3"$/m);
  });

  it('hold a config.json with what the device was made with', () => {
    assert.deepEqual(JSON.parse(planConfigText(undefined, record, {}) ?? ''), {
      persistentLogging: false,
      deviceType: 'raspberrypi3',
      uuid: record.uuid,
      developmentMode: true,
      hostname: 'shop',
    });
  });

  it('keep what the user wrote into config.json, and take what is asked for', () => {
    const written = JSON.stringify({ hostname: 'mine', extra: 1, os: { fan: {} }, persistentLogging: true });
    const kept = JSON.parse(planConfigText(written, record, {}) ?? '') as Record<string, unknown>;
    assert.deepEqual([kept['hostname'], kept['extra'], kept['persistentLogging']], ['mine', 1, true]);
    const changed = JSON.parse(
      planConfigText(written, record, { hostname: 'new', sshKeys: ['k'] }) ?? '',
    ) as typeof kept;
    assert.deepEqual([changed['hostname'], changed['os']], ['new', { fan: {}, sshKeys: ['k'] }]);
  });

  it('name the cloud that the user wrote, else one that is nowhere where the supervisor is to be managed', () => {
    const cloudIn = (written: object, mode: DeviceRecord['supervisorMode']): unknown =>
      (
        JSON.parse(
          planConfigText(JSON.stringify(written), { ...record, supervisorMode: mode }, {}) ?? '',
        ) as Record<string, unknown>
      )['apiEndpoint'];
    const own = { apiEndpoint: 'https://api.example.org' };
    assert.equal(cloudIn(own, 'managed'), own.apiEndpoint);
    assert.equal(cloudIn({}, 'managed'), 'https://api.balena-cloud.invalid');
    assert.equal(cloudIn({ apiEndpoint: 'https://api.balena-cloud.invalid' }, 'unmanaged'), undefined);
    assert.equal(cloudIn({ apiEndpoint: '' }, 'local-mode'), 'https://api.balena-cloud.invalid');
  });

  it('open or close development as config.json says, until another variant is asked for', () => {
    const modeOf = (text: string | undefined): unknown =>
      (JSON.parse(text ?? '') as Record<string, unknown>)['developmentMode'];
    assert.equal(modeOf(planConfigText('{"developmentMode":false}', record, {})), false);
    assert.equal(modeOf(planConfigText('{}', record, {})), true);
    assert.equal(
      modeOf(planConfigText('{"developmentMode":false}', record, { developmentMode: true })),
      true,
    );
  });

  it('leave a config.json alone that is not JSON', () => {
    assert.equal(planConfigText('{"hostname": ', record, {}), undefined);
    assert.equal(planConfigText('[]x', record, {}), undefined);
  });

  it('are written anew without touching what the device wrote', async () => {
    await using directory = await openTempDirectory();
    const paths = devicePaths(place(directory.path), 'shop');
    await mkdir(paths.root, { recursive: true });
    await writeDeviceFiles(paths, record, parseSubnet(record.subnet), {});
    await writeFile(path.join(paths.state, 'kept'), 'x');
    await writeDeviceFiles(paths, record, parseSubnet(record.subnet), {});
    assert.equal(await readFile(path.join(paths.state, 'kept'), 'utf8'), 'x');
    assert.equal(await readFile(path.join(paths.state, 'remove_me_to_reset'), 'utf8'), '');
    assert.equal(
      await readFile(paths.board, 'utf8'),
      'ADDRESS=10.213.0.2\nPREFIX_LENGTH=24\nGATEWAY=10.213.0.1\nMAC=02:63:ec:46:c0:ff\n',
    );
    assert.equal(await readFile(paths.enginePort, 'utf8'), '[Socket]\nListenStream=0.0.0.0:2377\n');
  });

  it('are bound where the OS has them, colons in their paths escaped', () => {
    const paths = devicePaths(place('/a:b'), 'shop');
    const args = nspawnArguments({ record, paths, rootfs: '/root-fs', bridge: 'osbr-1' });
    assert.ok(args.includes('--bind=/a\\:b/emulator/shop/boot:/mnt/boot'));
    assert.ok(args.includes('--machine=os-63ec46c0') && args.includes('--read-only'));
  });

  it('name a link that the kernel takes, and a hardware address that is our own to give', () => {
    assert.ok(linkName(record).length <= 15);
    assert.equal(macOf(record.uuid), '02:63:ec:46:c0:ff');
  });
});

describe('the record of an emulated device', () => {
  it('is found again, and a name that nobody has says who is there', async () => {
    await using directory = await openTempDirectory();
    await writeRecord(place(directory.path), record);
    assert.deepEqual(await findRecord(place(directory.path), 'shop'), record);
    await assert.rejects(getRecord(place(directory.path), 'other'), {
      code: 'device-not-found',
      hint: 'there are: shop',
    });
  });

  it('that is no record counts as none', async () => {
    await using directory = await openTempDirectory();
    const { root, record: file } = devicePaths(place(directory.path), 'shop');
    await mkdir(root, { recursive: true });
    const { config: _without, ...partial } = record;
    for (const text of ['', '{}', '{"name":"shop","uuid":"../x"}', 'null', JSON.stringify(partial)]) {
      await writeFile(file, text);
      assert.equal(await findRecord(place(directory.path), 'shop'), undefined, text);
    }
  });

  it('is looked for in the directories of devices alone', async () => {
    await using directory = await openTempDirectory();
    await writeRecord(place(directory.path), record);
    const devices = path.dirname(devicePaths(place(directory.path), 'shop').root);
    for (const other of ['Not A Device', '.shop.lock', '..'])
      await mkdir(path.join(devices, other), { recursive: true });
    await writeFile(path.join(devices, 'notes'), '');
    assert.deepEqual(await readRecords(place(directory.path)), [record]);
  });

  it('has a name that can be a directory', () => {
    for (const name of ['', '.', '..', 'a/b', 'A', '-a', 'a'.repeat(41)])
      assert.throws(() => checkDeviceName(name), { code: 'usage' }, name);
    assert.equal(checkDeviceName('till-2'), 'till-2');
  });
});
