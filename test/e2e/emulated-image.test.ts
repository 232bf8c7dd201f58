import assert from 'node:assert/strict';
import path from 'node:path';
import {
  bootDevice,
  newDeviceName,
  runEmulator,
  upTimeoutMs,
  type EmulatedDevice,
} from '../support/emulated-device.ts';
import { checkFat, readByMtools } from '../support/image/fat-oracle.ts';
import { bootFiles, makeImage, type MadeImage } from '../support/image/make-image.ts';
import { needsMachine } from '../support/machine.ts';
import { runOs } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

const config = {
  deviceType: 'raspberrypi3',
  hostname: 'kitchen',
  developmentMode: true,
  shop: { table: 12 },
};

describe('an emulated device made of an image', function () {
  this.timeout(upTimeoutMs);
  let directory: Awaited<ReturnType<typeof openTempDirectory>>;
  let image: MadeImage;
  let device: EmulatedDevice;
  const name = newDeviceName();

  before(async function () {
    needsMachine(this);
    directory = await openTempDirectory();
    image = await makeImage(directory.path, {
      bootMiB: 8,
      dataMiB: 4,
      fat: ['-F', '16', '-s', '1'],
      files: {
        ...bootFiles,
        'config.json': JSON.stringify(config),
        'system-connections/office': '[connection]\nid=office\ntype=wifi\n[wifi]\nssid=Office\n',
      },
    });
    device = await bootDevice(name, ['--image', image.path]);
  });
  after(async () => {
    await device[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  it('has its host name, device type, variant, settings, connections and splash', async () => {
    assert.equal(device.host, 'kitchen.local');
    assert.equal(device.deviceType, 'raspberrypi3');
    assert.equal(device.variant, 'development');
    const { stdout } = await device.ssh(
      'hostname; cat /mnt/boot/system-connections/office /mnt/boot/splash/balena-logo.png',
    );
    assert.match(stdout, /^kitchen\n\[connection\]\nid=office/);
    assert.match(stdout, /PNG$/);
    assert.deepEqual(device.readConfig()['shop'], { table: 12 });
  });

  it('writes what it changed back to the image on down --keep, and what it was given when it was made not', async () => {
    const on = ['--on', device.address];
    const env = { XDG_STATE_HOME: directory.path, HOME: directory.path };
    const set = await runOs(['config', 'set', 'ntpServers', 'a.example.org', ...on], { env });
    assert.equal(set.code, 0, set.stderr);
    await device.ssh(
      'rm /mnt/boot/system-connections/office; echo "[connection]" > /mnt/boot/system-connections/hall',
    );
    const down = await runEmulator(['down', name, '--keep', '--json']);
    assert.equal(down.code, 0, down.stdout);
    assert.deepEqual(JSON.parse((await readByMtools(image, 'config.json')).toString()), {
      ...config,
      ntpServers: 'a.example.org',
    });
    assert.equal((await readByMtools(image, 'system-connections/hall')).toString(), '[connection]\n');
    await assert.rejects(readByMtools(image, 'system-connections/office'));
    assert.equal(await checkFat(directory.path, image), '');
  });

  it('is taken back to the image by a reset', async () => {
    assert.equal((await runEmulator(['reset', name])).code, 0);
    const again = await bootDevice(name);
    assert.equal(again.host, 'kitchen.local');
    assert.equal(again.readConfig()['ntpServers'], undefined);
    assert.match((await again.ssh('ls /mnt/boot/system-connections')).stdout, /office/);
  });

  it('is not made of something that is no image', async () => {
    const file = path.join(directory.path, 'staged');
    const { code, stdout } = await runEmulator(['up', newDeviceName(), '--image', file, '--json']);
    assert.equal(code, 7, stdout);
  });
});
