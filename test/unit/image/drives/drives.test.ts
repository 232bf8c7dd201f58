import assert from 'node:assert/strict';
import { assessDrive } from '../../../../src/image/drives/assess-drive.ts';
import type { Drive } from '../../../../src/image/drives/drive.ts';
import { parseDrives, type KernelFiles } from '../../../../src/image/drives/lsblk.ts';

const node = (name: string, number: string, more: object = {}): object => ({
  name,
  kname: name,
  path: `/dev/${name}`,
  'maj:min': number,
  type: 'disk',
  size: 32_000_000_000,
  ro: false,
  rm: false,
  hotplug: false,
  model: 'Model',
  serial: 'S1',
  tran: null,
  'log-sec': 512,
  fstype: null,
  ...more,
});

function drivesOf(devices: readonly object[], files: Partial<KernelFiles> = {}): readonly Drive[] {
  return parseDrives({
    lsblk: JSON.stringify({ blockdevices: devices }),
    mountinfo: '',
    swaps: '',
    mmcTypes: {},
    backingFiles: {},
    ...files,
  });
}

const only = (drives: readonly Drive[]): Drive => drives[0] ?? assert.fail('no drive');
const mount = (number: string, mountPoint: string, source: string): string =>
  `30 1 ${number} / ${mountPoint} rw - ext4 ${source} rw\n`;
const refusalOf = (drive: Drive, imageBytes = 1000): string | undefined =>
  assessDrive(drive, { imageDevices: [], imageBytes }).refusal;

describe('which drives may be flashed', () => {
  const card = (more: object = {}): object => node('sdb', '8:16', { rm: true, tran: 'usb', ...more });

  it('takes a card, and asks for a yes alone', () => {
    const drive = only(drivesOf([card()]));
    assert.deepEqual(assessDrive(drive, { imageDevices: [] }), {
      refusal: undefined,
      needsName: undefined,
      unmounts: [],
    });
  });

  for (const [where, mountPoint] of [
    ['/', '/'],
    ['/boot', '/boot/efi'],
    ['/home', '/home'],
    ['a directory of a data disk', '/srv/data'],
  ] as const)
    it(`refuses a drive from which ${where} is mounted, even a removable one`, () => {
      const drives = drivesOf([card({ children: [node('sdb1', '8:17', { type: 'part' })] })], {
        mountinfo: mount('8:17', mountPoint, '/dev/sdb1'),
      });
      assert.equal(refusalOf(only(drives)), `this system uses it: ${mountPoint} is mounted from it`);
    });

  it('refuses a drive that carries the system through LUKS and LVM', () => {
    const root = node('dm-1', '253:1', { type: 'lvm', name: 'vg-root' });
    const crypt = node('dm-0', '253:0', { type: 'crypt', name: 'luks', children: [root] });
    const drive = only(
      drivesOf(
        [
          node('nvme0n1', '259:0', {
            children: [node('nvme0n1p2', '259:2', { type: 'part', children: [crypt] })],
          }),
        ],
        {
          mountinfo: mount('253:1', '/', '/dev/mapper/vg-root'),
        },
      ),
    );
    assert.equal(refusalOf(drive), 'this system uses it: / is mounted from it');
  });

  it('finds the drive of a file system whose number is its own by the source of the mount', () => {
    const drives = drivesOf([card({ children: [node('sdb2', '8:18', { type: 'part' })] })], {
      mountinfo: mount('0:45', '/', '/dev/sdb2'),
    });
    assert.match(refusalOf(only(drives)) ?? '', /this system uses it/);
  });

  it('refuses swap, holders in use, and parts of volumes that are not in use', () => {
    const swap = drivesOf([card({ children: [node('sdb1', '8:17', { type: 'part' })] })], {
      swaps: 'Filename Type Size Used Priority\n/dev/sdb1 partition 1 0 -2\n',
    });
    assert.equal(refusalOf(only(swap)), 'this system swaps to it');
    const raid = drivesOf([card({ children: [node('md0', '9:0', { type: 'raid1' })] })]);
    assert.equal(refusalOf(only(raid)), 'it is in use by md0 (raid1)');
    const member = drivesOf([card({ fstype: 'crypto_LUKS' })]);
    assert.equal(refusalOf(only(member)), 'it holds an encrypted volume (LUKS)');
  });

  it('tells what a desktop has mounted, the deepest first, and refuses that of a drive that is not removable', () => {
    const mountinfo =
      mount('8:17', '/media/me/boot', '/dev/sdb1') + mount('8:17', '/media/me/boot/inner', '/dev/sdb1');
    const child = { children: [node('sdb1', '8:17', { type: 'part' })] };
    const removable = only(drivesOf([card(child)], { mountinfo }));
    assert.deepEqual(assessDrive(removable, { imageDevices: [] }).unmounts, [
      '/media/me/boot/inner',
      '/media/me/boot',
    ]);
    const fixed = only(drivesOf([node('sdb', '8:16', child)], { mountinfo }));
    assert.match(refusalOf(fixed) ?? '', /it is not removable/);
  });

  it('needs the name of a drive that is not removable, and of one that is larger than cards are', () => {
    assert.equal(
      assessDrive(only(drivesOf([node('sda', '8:0')])), { imageDevices: [] }).needsName,
      'it is not removable',
    );
    assert.match(
      assessDrive(only(drivesOf([card({ size: 2_000_000_000_000 })])), { imageDevices: [] }).needsName ?? '',
      /larger than cards are/,
    );
  });

  it('tells an SD card in a built-in reader from soldered storage', () => {
    const [sd, soldered] = drivesOf([node('mmcblk0', '179:0'), node('mmcblk1', '179:8')], {
      mmcTypes: { mmcblk0: 'SD', mmcblk1: 'MMC' },
    });
    assert.equal(sd?.isRemovable, true);
    assert.equal(soldered?.isRemovable, false);
  });

  it('refuses boot areas, RAM disks, locked cards, empty readers, small drives and the drive of the image', () => {
    assert.match(refusalOf(only(drivesOf([node('mmcblk0boot0', '179:8')]))) ?? '', /not a drive/);
    assert.match(refusalOf(only(drivesOf([node('zram0', '253:0')]))) ?? '', /not a drive/);
    assert.equal(refusalOf(only(drivesOf([card({ ro: true })]))), 'it is locked: read-only');
    assert.equal(refusalOf(only(drivesOf([card({ size: 0 })]))), 'there is no card in it');
    assert.match(refusalOf(only(drivesOf([card()])), 64_000_000_000) ?? '', /it is too small: 32.0 GB/);
    const carrying = only(drivesOf([card({ children: [node('sdb1', '8:17', { type: 'part' })] })]));
    assert.equal(assessDrive(carrying, { imageDevices: ['8:17'] }).refusal, 'the image lies on it');
  });

  it('refuses a loop device whose file is behind another one, too', () => {
    const loop = (name: string): object => node(name, `7:${name.slice(4)}`, { type: 'loop' });
    const [one, other, third] = drivesOf([loop('loop0'), loop('loop1'), loop('loop2')], {
      backingFiles: { loop0: '/card', loop1: '/card', loop2: '/spare' },
    }).map(drive => refusalOf(drive));
    assert.equal(one, 'it is in use by loop1 (another loop device of its file)');
    assert.equal(other, 'it is in use by loop0 (another loop device of its file)');
    assert.equal(third, undefined);
  });

  it('reads what older versions of lsblk print, where numbers and flags are text', () => {
    const drive = only(drivesOf([card({ size: '32000000000', ro: '0', rm: '1', 'log-sec': '4096' })]));
    assert.deepEqual([drive.sizeBytes, drive.isReadOnly, drive.sectorBytes], [32_000_000_000, false, 4096]);
    const locked = only(drivesOf([node('sdb', '8:16', { ro: '1', rm: '1', 'log-sec': null })]));
    assert.deepEqual([locked.isReadOnly, locked.isRemovable, locked.sectorBytes], [true, true, 512]);
  });

  it('takes a drive for removable that the kernel, its bus or a hot plug says is, and no other', () => {
    for (const said of [{ rm: true }, { hotplug: true }, { tran: 'usb' }])
      assert.ok(only(drivesOf([node('sdb', '8:16', said)])).isRemovable, JSON.stringify(said));
    assert.ok(!only(drivesOf([node('sdb', '8:16', { tran: 'sata' })])).isRemovable);
  });

  it('takes a card with file systems on it', () => {
    const child = node('sdb1', '8:17', { type: 'part', fstype: 'vfat' });
    assert.equal(refusalOf(only(drivesOf([card({ fstype: 'ext4', children: [child] })]))), undefined);
  });

  it('refuses the loop device of the image itself', () => {
    const loops = [node('loop0', '7:0', { type: 'loop' }), node('loop1', '7:1', { type: 'loop' })];
    const drives = drivesOf(loops, { backingFiles: { loop0: '/os.img', loop1: '/spare' } });
    const refusals = drives.map(it => assessDrive(it, { imageDevices: [], imagePath: '/os.img' }).refusal);
    assert.deepEqual(refusals, ['it is the image itself', undefined]);
    assert.equal(assessDrive(only(drivesOf([card()])), { imageDevices: [] }).refusal, undefined);
  });
});
