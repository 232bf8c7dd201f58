/** Drives as macOS' `diskutil list -plist` and `diskutil info -plist` describe them (diskutil(8)). Pure. */
import type { Drive } from './drive.ts';
import { parsePlist, type PlistValue } from './plist.ts';

type Dictionary = Readonly<Record<string, PlistValue>>;

const dictionaryOf = (value: PlistValue | undefined): Dictionary =>
  typeof value === 'object' && !Array.isArray(value) ? (value as Dictionary) : {};
const listOf = (value: PlistValue | undefined): readonly Dictionary[] =>
  Array.isArray(value) ? (value as readonly PlistValue[]).map(dictionaryOf) : [];
const textOf = (value: PlistValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const numberOf = (value: PlistValue | undefined): number => (typeof value === 'number' ? value : 0);

export interface DiskutilOutput {
  /** `diskutil list -plist` */
  readonly list: string;
  /** `diskutil info -plist diskN` of each whole disk, by its name. */
  readonly infos: Readonly<Record<string, string>>;
}

/** `disk0` of `disk0s2`. */
const wholeOf = (identifier: string): string => /^(disk\d+)/.exec(identifier)?.[1] ?? identifier;

const mountsOf = (disk: Dictionary): readonly string[] =>
  [disk, ...listOf(disk['Partitions']), ...listOf(disk['APFSVolumes'])].flatMap(part => [
    ...(textOf(part['MountPoint']) === undefined ? [] : [textOf(part['MountPoint']) ?? '']),
    ...listOf(part['MountedSnapshots']).flatMap(it => textOf(it['SnapshotMountPoint']) ?? []),
  ]);

const buses: Readonly<Partial<Record<string, string>>> = {
  USB: 'usb',
  'Secure Digital': 'sd',
  'PCI-Express': 'nvme',
  'Apple Fabric': 'nvme',
  SATA: 'sata',
};

/** The names of the whole disks, for which `diskutil info` is asked. */
export const parseWholeDisks = (list: string): readonly string[] =>
  listOf(dictionaryOf(parsePlist(list))['AllDisksAndPartitions']).flatMap(
    disk => textOf(disk['DeviceIdentifier']) ?? [],
  );

/**
 * The physical disks, and disk images that are attached. What is mounted from a container of APFS or a RAID counts for the
 * disks that it lies on, through any number of layers. Throws SyntaxError for what is no property list.
 */
export function parseDiskutil({ list, infos }: DiskutilOutput): readonly Drive[] {
  const disks = listOf(dictionaryOf(parsePlist(list))['AllDisksAndPartitions']);
  const nameOf = (disk: Dictionary): string => textOf(disk['DeviceIdentifier']) ?? '';
  /** The disks that are made of parts of `name`. */
  const builtOf = (name: string): readonly Dictionary[] =>
    disks.filter(disk =>
      listOf(disk['APFSPhysicalStores']).some(
        store => wholeOf(textOf(store['DeviceIdentifier']) ?? '') === name && nameOf(disk) !== name,
      ),
    );
  return disks.flatMap(disk => {
    const name = nameOf(disk);
    const info = dictionaryOf(parsePlist(infos[name] ?? '<dict/>'));
    const isImage = info['BusProtocol'] === 'Disk Image';
    if (info['VirtualOrPhysical'] === 'Virtual' && !isImage) return [];
    const built = builtOf(name);
    const parts = listOf(disk['Partitions']);
    const isRaid = parts.some(part => /RAID|CoreStorage/.test(textOf(part['Content']) ?? ''));
    return [
      {
        path: `/dev/${name}`,
        name,
        deviceNumbers: [
          name,
          ...parts.flatMap(part => textOf(part['DeviceIdentifier']) ?? []),
          ...built.flatMap(it => [nameOf(it), ...listOf(it['APFSVolumes']).map(nameOf)]),
        ],
        kind: isImage ? 'other' : 'disk',
        bus: buses[textOf(info['BusProtocol']) ?? ''] ?? textOf(info['BusProtocol']),
        model: textOf(info['MediaName']) ?? textOf(info['IORegistryEntryName']),
        serial: textOf(info['DiskUUID']),
        sizeBytes: numberOf(info['TotalSize']) || numberOf(info['Size']) || numberOf(disk['Size']),
        sectorBytes: numberOf(info['DeviceBlockSize']) || 512,
        isRemovable:
          info['RemovableMediaOrExternalDevice'] === true ||
          (info['Internal'] === false && info['Ejectable'] === true),
        isReadOnly: info['WritableMedia'] === false,
        mountPoints: [...new Set([disk, ...built].flatMap(mountsOf))],
        isSwap: false,
        holders: [],
        members: isRaid ? ['linux_raid_member'] : [],
        backingFile: undefined,
      } satisfies Drive,
    ];
  });
}
