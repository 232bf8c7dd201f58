import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OsError } from '../../../src/core/errors.ts';
import {
  findDirectory,
  findPath,
  openVolume,
  readFileOf,
  type WritableVolume,
} from '../../../src/image/fat/read-volume.ts';
import {
  makeDirectories,
  openWritableVolume,
  removeAt,
  renameFile,
  writeFileAt,
} from '../../../src/image/fat/volume-writer.ts';
import { checkFatBytes, listByMtools, readByMtools } from '../../support/image/fat-oracle.ts';
import { tool } from '../../support/image/make-image.ts';
import { memoryDevice, PowerCut, type MemoryDevice } from '../../support/image/memory-device.ts';
import { makeVolume, volumeKinds } from '../../support/image/volumes.ts';
import { needsMachine } from '../../support/machine.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const now = new Date(2024, 4, 6, 7, 8, 10);

const readAt = async (device: MemoryDevice, name: string): Promise<string | undefined> => {
  const volume = await openVolume(device);
  const entry = await findPath(volume, name);
  return entry === undefined ? undefined : (await readFileOf(volume, entry)).toString();
};

describe('the FAT of a boot partition', function () {
  this.timeout(60_000);
  let directory: Awaited<ReturnType<typeof openTempDirectory>>;
  let file: string;
  const fresh = new Map<string, Buffer>();

  before(async function () {
    needsMachine(this);
    directory = await openTempDirectory();
    file = path.join(directory.path, 'volume');
    for (const { title, sizeMiB, options } of volumeKinds)
      fresh.set(title, await makeVolume(sizeMiB, options));
  });
  after(() => directory[Symbol.asyncDispose]());

  const freshDevice = (title = volumeKinds[0]?.title ?? ''): MemoryDevice =>
    memoryDevice(Buffer.from(fresh.get(title) ?? assert.fail(title)));
  const fsck = (device: MemoryDevice): Promise<string> => checkFatBytes(file, device.bytes);
  const byMtools = {
    path: '',
    bootStart: 0,
    bootBytes: 0,
    get mtools() {
      return file;
    },
  };
  /** A volume that mtools have put `name` into. */
  const withFile = async (name: string, content: string | Buffer): Promise<MemoryDevice> => {
    const device = freshDevice();
    const staged = path.join(directory.path, 'staged');
    await writeFile(staged, content);
    await writeFile(file, device.bytes);
    await tool('mcopy', ['-i', file, staged, `::${name}`]);
    const { readFile } = await import('node:fs/promises');
    return memoryDevice(await readFile(file));
  };

  for (const { title, isReadByMtools } of volumeKinds)
    it(`holds what was written, replaced, shrunk, grown and removed, without a remark of fsck.vfat: ${title}`, async () => {
      const device = freshDevice(title);
      const volume = await openWritableVolume(device);
      const expected = new Map<string, Buffer>();
      const put = async (name: string, size: number): Promise<void> => {
        const content = Buffer.alloc(size, name);
        await writeFileAt(volume, name, content, now);
        expected.set(name, content);
      };
      for (let index = 0; index < 30; index += 1)
        await put(`Häuser und Wälder ${index.toString()}.conf`, index * 777);
      await put('config.json', 40_000);
      await put('config.json', 10);
      await put('config.json', 90_000);
      await put('SHORT.TXT', 5);
      await put('system-connections/my wifi', 300);
      await put('system-connections/nested/deep.file', 0);
      for (let index = 0; index < 30; index += 4) {
        const name = `Häuser und Wälder ${index.toString()}.conf`;
        assert.equal(await removeAt(volume, name.toUpperCase()), true);
        expected.delete(name);
      }
      await renameFile(volume, 'SHORT.TXT', 'system-connections/renamed', now);
      expected.set('system-connections/renamed', expected.get('SHORT.TXT') ?? assert.fail());
      expected.delete('SHORT.TXT');

      assert.equal(await fsck(device), '');
      for (const [name, content] of expected) {
        assert.deepEqual(await readAt(device, name), content.toString());
        if (isReadByMtools) assert.deepEqual(await readByMtools(byMtools, name), content);
      }
      if (isReadByMtools)
        assert.deepEqual(
          await listByMtools(byMtools),
          [...expected.keys(), 'system-connections/', 'system-connections/nested/'].sort(),
        );
    });

  it('is without a remark of fsck.vfat and readable by mtools after a file has shrunk, as no cluster is left marked', async () => {
    const device = await withFile('config.json', 'x'.repeat(50_000));
    await writeFileAt(await openWritableVolume(device), 'config.json', Buffer.from('{}'), now);
    assert.equal(await fsck(device), '');
    assert.equal((await readByMtools(byMtools, 'config.json')).toString(), '{}');
  });

  it('keeps its root directory when a file that another system left empty is written', async () => {
    const device = await withFile('config.json', '');
    await writeFileAt(await openWritableVolume(device), 'config.json', Buffer.from('{"a":1}'), now);
    assert.equal(await fsck(device), '');
    assert.deepEqual(await listByMtools(byMtools), ['config.json']);
  });

  it('takes hundreds of long names in a root directory that has to grow', async () => {
    const device = freshDevice('FAT32');
    const volume = await openWritableVolume(device);
    for (let index = 0; index < 300; index += 1)
      await writeFileAt(
        volume,
        `a name of more than eight characters ${index.toString()}`,
        Buffer.from('x'),
        now,
      );
    assert.equal(await fsck(device), '');
    assert.equal((await listByMtools(byMtools)).length, 300);
  });

  it('finds free clusters behind and before the last one that was used', async () => {
    const device = freshDevice();
    const volume = await openWritableVolume(device);
    const half = Buffer.alloc(1_800_000, 1);
    await writeFileAt(volume, 'first', half, now);
    await writeFileAt(volume, 'second', half, now);
    await removeAt(volume, 'first');
    await writeFileAt(volume, 'third', half, now);
    assert.equal(await fsck(device), '');
  });

  it('refuses what does not fit with every file as it was', async () => {
    const device = await withFile('config.json', 'old');
    const before = Buffer.from(device.bytes);
    const volume = await openWritableVolume(device);
    await assert.rejects(
      writeFileAt(volume, 'config.json', Buffer.alloc(4_500_000), now),
      (error: unknown) => error instanceof OsError && error.code === 'no-space' && error.exitCode === 9,
    );
    assert.ok(device.bytes.equals(before));
    await writeFileAt(volume, 'config.json', Buffer.from('new'), now);
    assert.equal(await fsck(device), '');
  });

  it('gives an empty file no cluster', async () => {
    const device = freshDevice();
    const volume = await openWritableVolume(device);
    const free = volume.table.freeClusters;
    await writeFileAt(volume, 'apps.json', Buffer.alloc(0), now);
    assert.equal(volume.table.freeClusters, free);
    assert.equal(await fsck(device), '');
  });

  it('shows names in lower case that other systems keep in capitals with a mark', async () => {
    const device = await withFile('splash', 'x');
    const volume = await openVolume(device);
    const names = (await findDirectory(volume, ''))?.entries.map(({ name }) => name);
    assert.deepEqual(names, ['splash']);
  });

  it('replaces a file that is stored in another case, and keeps the spelling that is stored', async () => {
    const device = await withFile('CONFIG.JSON', 'old');
    const volume = await openWritableVolume(device);
    await writeFileAt(volume, 'config.json', Buffer.from('new'), now);
    assert.deepEqual(
      (await findDirectory(volume, ''))?.entries.map(({ name }) => name.toUpperCase()),
      ['CONFIG.JSON'],
    );
    assert.equal(await fsck(device), '');
    assert.deepEqual(await listByMtools(byMtools), ['CONFIG.JSON']);
  });

  it('gives no two files one short alias', async () => {
    const device = await withFile('CONFIG~1.JSO', 'mine');
    const volume = await openWritableVolume(device);
    await writeFileAt(volume, 'config.json', Buffer.from('{}'), now);
    assert.equal(await fsck(device), '');
    assert.equal(await readAt(device, 'CONFIG~1.JSO'), 'mine');
    assert.equal((await readByMtools(byMtools, 'config.json')).toString(), '{}');
  });

  it('makes no file of what was stale behind the end of a directory', async () => {
    const device = freshDevice();
    const { geometry } = await openVolume(device);
    // Stale bytes that look like files behind the end, which is the slot after the label. fsck.vfat takes them for files.
    const slot = Buffer.alloc(32);
    slot.write('STALE   TXT', 0, 'latin1');
    slot.writeUInt8(0x20, 11);
    for (let index = 2; index < 100; index += 1) slot.copy(device.bytes, geometry.rootAt + index * 32);
    const volume = await openWritableVolume(device);
    for (let index = 0; index < 20; index += 1) {
      await writeFileAt(volume, `a longer name than eight ${index.toString()}`, Buffer.from('x'), now);
      await writeFile(file, device.bytes);
      assert.equal((await listByMtools(byMtools)).length, index + 1);
    }
  });

  it('has the old or the new config.json, and can be used, wherever the power is cut', async () => {
    const change = async (volume: WritableVolume): Promise<void> => {
      await writeFileAt(volume, 'config.json', Buffer.from(newConfig), now);
      await makeDirectories(volume, 'system-connections', now);
      await writeFileAt(volume, 'system-connections/a wifi with a long name', Buffer.from('psk'), now);
      await removeAt(volume, 'obsolete file with a long name');
    };
    const oldConfig = 'o'.repeat(9000);
    const newConfig = 'n'.repeat(5000);
    for (const title of ['FAT16', 'FAT32 with few clusters']) {
      const start = freshDevice(title);
      const prepared = await openWritableVolume(start);
      await writeFileAt(prepared, 'config.json', Buffer.from(oldConfig), now);
      await writeFileAt(prepared, 'obsolete file with a long name', Buffer.from('x'), now);
      const counting = memoryDevice(Buffer.from(start.bytes));
      await change(await openWritableVolume(counting));
      assert.ok(counting.writes() > 20);
      for (let stopAfter = 0; stopAfter < counting.writes(); stopAfter += 1)
        for (const tornSectors of [0, 1]) {
          const device = memoryDevice(Buffer.from(start.bytes), { stopAfter, tornSectors });
          await assert.rejects(change(await openWritableVolume(device)), PowerCut);
          const after = memoryDevice(device.bytes);
          const config = await readAt(after, 'config.json');
          assert.ok(
            config === oldConfig || config === newConfig,
            `${title}: cut after ${stopAfter.toString()}`,
          );
          const volume = await openWritableVolume(after);
          await change(volume);
          assert.equal(await readAt(after, 'config.json'), newConfig);
          assert.equal(await readAt(after, 'system-connections/a wifi with a long name'), 'psk');
          assert.equal(await readAt(after, 'obsolete file with a long name'), undefined);
        }
    }
  });

  it('has equal copies of its FAT after the first change that follows a power cut', async () => {
    const device = freshDevice();
    const { geometry } = await openVolume(device);
    device.bytes.writeUInt16LE(0xffff, geometry.fatAt + geometry.fatBytes + 200);
    await writeFileAt(await openWritableVolume(device), 'config.json', Buffer.from('{}'), now);
    assert.equal(await fsck(device), '');
  });
});
