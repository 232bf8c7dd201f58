import assert from 'node:assert/strict';
import path from 'node:path';
import {
  addImageConnection,
  changeImageConfig,
  removeImageConnection,
} from '../../../src/cli/verbs/host/change-image.ts';
import { changeConfig } from '../../../src/host/config/config-file.ts';
import type { HostFiles } from '../../../src/host/host-files.ts';
import { setSplash } from '../../../src/host/splash/splash-files.ts';
import { openFatFiles } from '../../../src/image/fat/fat-host-files.ts';
import { openWritableVolume } from '../../../src/image/fat/volume-writer.ts';
import { checkFatBytes } from '../../support/image/fat-oracle.ts';
import { memoryDevice, PowerCut, type MemoryDevice } from '../../support/image/memory-device.ts';
import { makeVolume, volumeKinds } from '../../support/image/volumes.ts';
import { needsMachine } from '../../support/machine.ts';
import { png } from '../../support/png.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const { signal } = new AbortController();
const now = (): Date => new Date(2024, 4, 6, 7, 8, 10);
const names = { device: null, image: 'os.img' };
const change = { kind: 'set', path: ['hostname'], value: 'kitchen' } as const;
const ipv4 = { method: 'auto', nameServers: [] } as const;
const profile = {
  name: 'a connection with a long name',
  link: { kind: 'ethernet' },
  ipv4,
  ipv6: ipv4,
  isAutoconnected: true,
} as const;

/** Every change that the commands make with `--on IMAGE`. */
async function changeAll(files: HostFiles): Promise<void> {
  await changeImageConfig(files, names, change, signal);
  await addImageConnection(files, names, { profile, files: [], isReplacing: true }, signal);
  await setSplash(files, png(16, 16), undefined, signal);
  await removeImageConnection(files, names, 'former', signal).catch((error: unknown) => {
    if (!String(error).includes('no connection "former"')) throw error;
  });
}

describe('a change of an image whose power is cut', function () {
  this.timeout(120_000);
  let directory: Awaited<ReturnType<typeof openTempDirectory>>;
  before(async function () {
    needsMachine(this);
    directory = await openTempDirectory();
  });
  after(() => directory[Symbol.asyncDispose]());

  for (const { title, sizeMiB, options } of volumeKinds.filter(kind => kind.sizeMiB < 10))
    it(`leaves each file as it was or as it is to be, at every write, and the volume usable: ${title}`, async () => {
      const start = await makeVolume(sizeMiB, options);
      const open = async (device: MemoryDevice): Promise<HostFiles> =>
        openFatFiles(await openWritableVolume(device), now);
      const former = '/mnt/boot/system-connections/former';
      const before = '{"deviceType":"raspberrypi3","persistentLogging":false}';
      const after = changeConfig(before, change);
      const made = await open(memoryDevice(start));
      await made.writeAtomically('/mnt/boot/config.json', Buffer.from(before), { mode: 0o644 });
      await made.writeAtomically(former, Buffer.from('[connection]\n'), { mode: 0o600 });
      const whole = memoryDevice(Buffer.from(start));
      await changeAll(await open(whole));
      assert.ok(whole.writes() > 15, whole.writes().toString());
      for (let stopAfter = 0; stopAfter < whole.writes(); stopAfter += 1) {
        const cut = memoryDevice(Buffer.from(start), { stopAfter, tornSectors: stopAfter % 2 });
        await assert.rejects(changeAll(await open(cut)), PowerCut);
        const files = await open(memoryDevice(cut.bytes));
        const config = (await files.read('/mnt/boot/config.json'))?.toString();
        assert.ok(config === before || config === after, `after ${stopAfter.toString()}: ${String(config)}`);
        for (const { name } of await files.list('/mnt/boot/system-connections'))
          assert.ok((await files.read(`/mnt/boot/system-connections/${name}`)) !== undefined);
        await changeAll(files);
        assert.equal((await files.read('/mnt/boot/config.json'))?.toString(), after);
        assert.equal(await files.read(former), undefined);
      }
      assert.equal(await checkFatBytes(path.join(directory.path, 'volume'), whole.bytes), '');
    });
});
