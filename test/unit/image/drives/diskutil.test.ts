import assert from 'node:assert/strict';
import { assessDrive } from '../../../../src/image/drives/assess-drive.ts';
import { parseDiskutil, parseWholeDisks } from '../../../../src/image/drives/diskutil.ts';
import type { Drive } from '../../../../src/image/drives/drive.ts';
import { parsePlist } from '../../../../src/image/drives/plist.ts';

/**
 * No Mac was at hand. The keys and values are those that `diskutil list -plist` and `diskutil info -plist` are documented and
 * seen to print, in diskutil(8) and in the fixtures of public projects that parse them; the disks are made up.
 */
const plist = (body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">\n${body}\n</plist>\n`;
const dict = (entries: Readonly<Record<string, string>>): string =>
  `<dict>${Object.entries(entries)
    .map(([key, value]) => `<key>${key}</key>\n\t${value}\n`)
    .join('')}</dict>`;
const text = (value: string): string => `<string>${value}</string>`;
const array = (...values: string[]): string => `<array>${values.join('')}</array>`;
const named = (name: string, more: Readonly<Record<string, string>> = {}): string =>
  dict({ DeviceIdentifier: text(name), ...more });

const list = plist(
  dict({
    AllDisksAndPartitions: array(
      named('disk0', {
        Partitions: array(named('disk0s1'), named('disk0s2', { Content: text('Apple_APFS') })),
      }),
      named('disk3', {
        APFSPhysicalStores: array(named('disk0s2')),
        APFSVolumes: array(
          named('disk3s1', { MountPoint: text('/System/Volumes/Data') }),
          named('disk3s3', { MountedSnapshots: array(dict({ SnapshotMountPoint: text('/') })) }),
        ),
      }),
      named('disk4', {
        Partitions: array(named('disk4s1', { MountPoint: text('/Volumes/BOOT &amp; CARD') })),
      }),
      named('disk5', { Partitions: array(named('disk5s2', { Content: text('Apple_RAID') })) }),
      named('disk6', { Partitions: array(named('disk6s1', { MountPoint: text('/Volumes/Installer') })) }),
    ),
    WholeDisks: array(text('disk0'), text('disk3'), text('disk4')),
  }),
);
const info = (entries: Readonly<Record<string, string>>): string => plist(dict(entries));
const infos = {
  disk0: info({
    BusProtocol: text('Apple Fabric'),
    Internal: '<true/>',
    RemovableMediaOrExternalDevice: '<false/>',
    TotalSize: '<integer>500277790720</integer>',
    DeviceBlockSize: '<integer>4096</integer>',
    WritableMedia: '<true/>',
    MediaName: text('APPLE SSD'),
    VirtualOrPhysical: text('Physical'),
  }),
  disk3: info({ VirtualOrPhysical: text('Virtual'), APFSPhysicalStores: array(named('disk0s2')) }),
  disk4: info({
    BusProtocol: text('Secure Digital'),
    Internal: '<true/>',
    Ejectable: '<true/>',
    RemovableMediaOrExternalDevice: '<true/>',
    TotalSize: '<integer>31914983424</integer>',
    DeviceBlockSize: '<integer>512</integer>',
    WritableMedia: '<true/>',
    MediaName: text('Built In SDXC Reader'),
  }),
  disk5: info({
    BusProtocol: text('USB'),
    RemovableMediaOrExternalDevice: '<true/>',
    TotalSize: '<integer>4000</integer>',
  }),
  disk6: info({
    BusProtocol: text('Disk Image'),
    VirtualOrPhysical: text('Virtual'),
    TotalSize: '<integer>4000</integer>',
  }),
};

describe('the drives of macOS', () => {
  const drives = parseDiskutil({ list, infos });
  const of = (name: string): Drive => drives.find(drive => drive.name === name) ?? assert.fail(name);
  const refusalOf = (name: string): string | undefined => assessDrive(of(name), { imageDevices: [] }).refusal;

  it('are asked for one by one, containers of APFS left out of what they are', () => {
    assert.deepEqual(parseWholeDisks(list), ['disk0', 'disk3', 'disk4', 'disk5', 'disk6']);
    assert.deepEqual(
      drives.map(({ path }) => path),
      ['/dev/disk0', '/dev/disk4', '/dev/disk5', '/dev/disk6'],
    );
  });

  it('include the one that the system runs from, through its container, and it is refused', () => {
    assert.deepEqual(of('disk0').mountPoints, ['/System/Volumes/Data', '/']);
    assert.match(refusalOf('disk0') ?? '', /this system uses it/);
  });

  it('include a card in a built-in reader, which may be flashed once it is unmounted', () => {
    const { bus, model, sizeBytes, sectorBytes, isRemovable } = of('disk4');
    assert.deepEqual(
      [bus, model, sizeBytes, sectorBytes, isRemovable],
      ['sd', 'Built In SDXC Reader', 31_914_983_424, 512, true],
    );
    const { refusal, needsName, unmounts } = assessDrive(of('disk4'), { imageDevices: [] });
    assert.deepEqual([refusal, needsName, unmounts], [undefined, undefined, ['/Volumes/BOOT & CARD']]);
  });

  it('that hold a part of a RAID, the image itself, or are disk images are refused', () => {
    assert.match(refusalOf('disk5') ?? '', /a part of a RAID/);
    assert.match(refusalOf('disk6') ?? '', /not a drive that an OS is flashed to/);
    assert.match(
      assessDrive(of('disk4'), { imageDevices: ['disk4s1'] }).refusal ?? '',
      /the image lies on it/,
    );
  });

  it('are not guessed from what is no property list', () => {
    for (const bad of [
      '',
      '<dict><key>a</key>',
      '<dict><string>a</string></dict>',
      '<array><string>a</array>',
    ])
      assert.throws(() => parsePlist(bad), SyntaxError);
    assert.deepEqual(parsePlist('<dict><key>a&lt;</key><array/><key>n</key><integer>-1</integer></dict>'), {
      'a<': [],
      n: -1,
    });
  });
});
