import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { findPath, isMarkedDirty, openVolume, readFileOf } from '../../../../src/image/fat/read-volume.ts';
import { openWritableVolume, removeAt, writeFileAt } from '../../../../src/image/fat/volume-writer.ts';
import { identifyFileSystem } from '../../../../src/image/inspect/file-system.ts';
import { emptyVolume } from '../../../support/image/empty-volume.ts';
import { memoryDevice } from '../../../support/image/memory-device.ts';

const now = new Date(2024, 0, 2);
/** Places of FAT 1, the root directory of FAT16, and the root cluster of FAT32 in an empty volume. */
const fatAt = { fat16: 512, fat32: 32 * 512 };
const rootAt = (1 + 2 * 18) * 512;
const isNoSpace = (error: unknown): boolean => error instanceof OsError && error.code === 'no-space';

/** Changes the entry of `cluster` in both copies of the FAT. */
function setEntry(bytes: Buffer, kind: 'fat16' | 'fat32', cluster: number, value: number): void {
  for (const copy of [0, 1]) {
    const at = fatAt[kind] + copy * (kind === 'fat16' ? 18 : 35) * 512;
    if (kind === 'fat16') bytes.writeUInt16LE(value, at + cluster * 2);
    else bytes.writeUInt32LE(value, at + cluster * 4);
  }
}

/** Puts the slot of an empty file into the root directory of a FAT16 volume. */
function putSlot(bytes: Buffer, slot: number, name: Buffer): void {
  name.copy(bytes, rootAt + slot * 32);
  bytes.writeUInt8(0x20, rootAt + slot * 32 + 11);
}

describe('a boot partition', () => {
  it('is refused with the reason where it is FAT12, exFAT or NTFS, or larger than its partition', async () => {
    const named = (name: string): Buffer => {
      const bytes = emptyVolume('fat16');
      bytes.write(name, 3, 'latin1');
      return bytes;
    };
    for (const [bytes, reason] of [
      [emptyVolume('fat16', 4000), /it is FAT12; FAT16 or FAT32 is needed/],
      [named('EXFAT   '), /it is exFAT/],
      [named('NTFS    '), /it is NTFS/],
      [emptyVolume('fat16').subarray(0, 4300 * 512), /is larger than the partition/],
      [Buffer.alloc(4400 * 512), /is not that of a FAT file system/],
    ] as const)
      await assert.rejects(openWritableVolume(memoryDevice(bytes)), {
        code: 'image-invalid',
        message: reason,
      });
  });

  it('is FAT32 where it has no 16-bit size of its FAT, however few its clusters', async () => {
    const { geometry } = await openVolume(memoryDevice(emptyVolume('fat32')));
    assert.deepEqual([geometry.kind, geometry.clusters < 4400], ['fat32', true]);
  });

  it('has no cluster in use that its FAT has no entry for', async () => {
    const device = memoryDevice(emptyVolume('fat16', 4400, 16));
    const volume = await openWritableVolume(device);
    assert.equal(volume.geometry.clusters, 4094);
    await assert.rejects(writeFileAt(volume, 'a', Buffer.alloc(4095 * 512), now), isNoSpace);
    await writeFileAt(volume, 'a', Buffer.alloc(4094 * 512, 'a'), now);
    const again = await openWritableVolume(device);
    const entry = (await findPath(again, 'a')) ?? assert.fail('a');
    assert.ok((await readFileOf(again, entry)).equals(Buffer.alloc(4094 * 512, 'a')));
  });

  it('keeps the top four bits of an entry of FAT32, and takes each mark of an end for one', async () => {
    for (const end of [0x0ffffff8, 0x3ffffffa, 0xffffffff]) {
      const bytes = emptyVolume('fat32');
      setEntry(bytes, 'fat32', 2, end);
      setEntry(bytes, 'fat32', 3, 0xa0000000);
      const volume = await openWritableVolume(memoryDevice(bytes));
      await writeFileAt(volume, 'A', Buffer.alloc(600), now);
      assert.equal(bytes.readUInt32LE(fatAt.fat32 + 3 * 4), 0xa0000004);
    }
    for (const [kind, value] of [
      ['fat32', 0x0ffffff7],
      ['fat32', 1],
      ['fat16', 0xfff7],
      ['fat16', 4400],
    ] as const) {
      const bytes = emptyVolume(kind);
      await writeFileAt(await openWritableVolume(memoryDevice(bytes)), 'A', Buffer.alloc(600), now);
      const first = (await findPath(await openVolume(memoryDevice(bytes)), 'A'))?.firstCluster ?? 0;
      setEntry(bytes, kind, first, value);
      const before = Buffer.from(bytes);
      await assert.rejects(openWritableVolume(memoryDevice(bytes)), { code: 'image-invalid' });
      assert.ok(bytes.equals(before));
    }
  });

  it('that was not unmounted is said to be, from either mark, which stays', async () => {
    for (const kind of ['fat16', 'fat32'] as const) {
      const inBootSector = emptyVolume(kind);
      inBootSector.writeUInt8(1, kind === 'fat16' ? 0x25 : 0x41);
      const inTable = emptyVolume(kind);
      setEntry(inTable, kind, 1, kind === 'fat16' ? 0x7fff : 0x07ffffff);
      assert.equal(isMarkedDirty(await openVolume(memoryDevice(emptyVolume(kind)))), false);
      for (const bytes of [inBootSector, inTable]) {
        const volume = await openWritableVolume(memoryDevice(bytes));
        await writeFileAt(volume, 'A', Buffer.from('a'), now);
        const [{ isClean }] = await identifyFileSystem(memoryDevice(bytes));
        assert.equal(isClean, false);
      }
    }
  });

  it('has files whose first byte is 0xE5, which is stored as 0x05', async () => {
    const bytes = emptyVolume('fat16');
    putSlot(bytes, 0, Buffer.from('\x05BC     TXT', 'latin1'));
    const volume = await openWritableVolume(memoryDevice(bytes));
    assert.equal((await findPath(volume, 'σbc.txt'))?.name, 'σBC.TXT');
    await writeFileAt(volume, 'other', Buffer.from('x'), now);
    assert.equal(bytes.readUInt8(rootAt), 0x05);
    assert.equal(await removeAt(volume, 'σBC.TXT'), true);
    assert.equal(bytes.readUInt8(rootAt), 0xe5);
  });

  it('with two files of one name is not written to under it, and both are named', async () => {
    const bytes = emptyVolume('fat16');
    for (const slot of [0, 1]) putSlot(bytes, slot, Buffer.from('CONFIG  TXT'));
    const volume = await openWritableVolume(memoryDevice(bytes));
    const before = Buffer.from(bytes);
    await assert.rejects(writeFileAt(volume, 'config.txt', Buffer.from('x'), now), {
      code: 'image-invalid',
      message: /two files of one name: "CONFIG.TXT" and "CONFIG.TXT"/,
    });
    assert.ok(bytes.equals(before));
  });
});
