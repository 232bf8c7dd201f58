import assert from 'node:assert/strict';
import { listDrives } from '../../../../../src/cli/verbs/image/list-drives.ts';
import type { DriveSystem } from '../../../../../src/image/drives/drive-system.ts';
import { parseDrives } from '../../../../../src/image/drives/lsblk.ts';
import { renderDrives } from '../../../../../src/ui/image/drives.ts';
import { fakeOutput } from '../../../../support/fake-output.ts';

const node = (name: string, more: object): object => ({
  ...{ name, kname: name, path: `/dev/${name}`, type: 'disk', size: 32_000_000_000, ro: false, rm: true },
  ...{ hotplug: true, model: 'Model', serial: name, tran: 'usb', 'log-sec': 512, fstype: null, ...more },
});

const blockdevices = [
  node('sda', { 'maj:min': '8:0', rm: false, hotplug: false, tran: 'sata' }),
  node('sdb', { 'maj:min': '8:16', rm: false, hotplug: false, tran: 'sata' }),
  node('sdc', { 'maj:min': '8:32' }),
  node('sdd', { 'maj:min': '8:48', size: 0 }),
  node('loop0', { 'maj:min': '7:0', type: 'loop' }),
];

const drives = {
  list: () =>
    Promise.resolve(
      parseDrives({
        lsblk: JSON.stringify({ blockdevices }),
        mountinfo: '30 1 8:0 / / rw - ext4 /dev/sda rw\n31 1 8:32 / /media/card rw - vfat /dev/sdc rw\n',
        ...{ swaps: '', mmcTypes: {}, backingFiles: {} },
      }),
    ),
} as unknown as DriveSystem;

const list = (isAll: boolean) => listDrives({ drives, signal: new AbortController().signal }, { isAll });

describe('os image drives', () => {
  it('lists drives with cards alone, and with --all whatever the system calls a drive', async () => {
    const names = async (isAll: boolean) => (await list(isAll)).map(({ name }) => name);
    assert.deepEqual(await names(false), ['sda', 'sdb', 'sdc']);
    assert.deepEqual(await names(true), ['sda', 'sdb', 'sdc', 'sdd', 'loop0']);
  });

  it('says what a flash would need or why it is refused, those first that can be flashed', async () => {
    const { text } = renderDrives(await list(false), fakeOutput('plain'));
    const rows = text.trimEnd().split('\n').slice(1);
    assert.deepEqual(
      rows.map(row => row.replaceAll(/ {2,}/g, ' | ')),
      [
        '/dev/sdc | 32.0 GB | usb | Model | yes; /media/card is unmounted first',
        '/dev/sdb | 32.0 GB | sata | Model | yes; sdb has to be typed: it is not removable',
        '/dev/sda | 32.0 GB | sata | Model | no: this system uses it: / is mounted from it',
      ],
    );
  });
});
