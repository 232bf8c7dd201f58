import assert from 'node:assert/strict';
import { findMembers } from '../../../../src/image/inspect/find-members.ts';
import { memoryDevice } from '../../../support/image/memory-device.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const raid = Buffer.from([0xfc, 0x4e, 0x2b, 0xa9]);

/** A drive of 8 MiB with an MBR of two partitions, at 1 and 4 MiB. */
function makeDrive(): Buffer {
  const drive = Buffer.alloc(8 * MiB);
  [
    [MiB, 3 * MiB],
    [4 * MiB, 4 * MiB],
  ].forEach(([start = 0, size = 0], index) => {
    const at = 446 + index * 16;
    drive.writeUInt8(0x83, at + 4);
    drive.writeUInt32LE(start / 512, at + 8);
    drive.writeUInt32LE(size / 512, at + 12);
  });
  drive.writeUInt16LE(0xaa55, 510);
  return drive;
}

const membersOf = (drive: Buffer): Promise<readonly string[]> => findMembers(memoryDevice(drive));

describe('members of volumes on a drive', () => {
  it('are found behind a partition whose file system is damaged', async () => {
    const drive = makeDrive();
    // A boot partition as FAT16, with a directory that begins in no cluster.
    const boot = drive.subarray(MiB);
    boot.write('\xeb\x3c\x90mkfs.fat', 0, 'latin1');
    boot.writeUInt16LE(512, 11);
    boot.writeUInt8(1, 13);
    boot.writeUInt16LE(1, 14);
    boot.writeUInt8(2, 16);
    boot.writeUInt16LE(512, 17);
    boot.writeUInt16LE(6144, 19);
    boot.writeUInt8(0xf8, 21);
    boot.writeUInt16LE(24, 22);
    boot.writeUInt8(0x29, 38);
    boot.write('resin-boot ', 43, 'latin1');
    boot.write('FAT16   ', 54, 'latin1');
    boot.writeUInt16LE(0xaa55, 510);
    boot.write('resin-boot \x08', 49 * 512, 'latin1');
    boot.write('SPLASH     \x10', 49 * 512 + 32, 'latin1');
    boot.writeUInt16LE(0xfff7, 49 * 512 + 32 + 26);
    drive.write('LUKS\xba\xbe', 4 * MiB, 'latin1');
    assert.deepEqual(await membersOf(drive), ['crypto_LUKS']);
  });

  it('are found in a partition that reaches beyond the end of the drive', async () => {
    const drive = makeDrive().subarray(0, 6 * MiB);
    drive.write('LUKS\xba\xbe', 4 * MiB, 'latin1');
    assert.deepEqual(await membersOf(drive), ['crypto_LUKS']);
  });

  it('are found by the uberblocks of ZFS, the label of LVM in any sector and RAID at the end', async () => {
    const zfs = makeDrive();
    zfs.writeBigUInt64LE(0x00bab10cn, 4 * MiB + 128 * KiB + 5 * KiB);
    assert.deepEqual(await membersOf(zfs), ['zfs_member']);
    for (const sector of [0, 1, 2, 3]) {
      const lvm = makeDrive();
      lvm.write('LVM2 001', 4 * MiB + sector * 512 + 24, 'latin1');
      assert.deepEqual(await membersOf(lvm), ['LVM2_member']);
    }
    for (const fromEnd of [64 * KiB, 8 * KiB]) {
      const drive = makeDrive();
      raid.copy(drive, 4 * MiB - fromEnd);
      assert.deepEqual(await membersOf(drive), ['linux_raid_member']);
    }
    assert.deepEqual(await membersOf(makeDrive()), []);
  });
});
