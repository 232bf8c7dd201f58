/** Drives as `lsblk` and the kernel's files describe them. Pure. */
import type { Drive } from './drive.ts';

export const lsblkColumns =
  'NAME,KNAME,PATH,MAJ:MIN,TYPE,SIZE,RO,RM,HOTPLUG,MODEL,SERIAL,TRAN,LOG-SEC,FSTYPE';

export interface KernelFiles {
  /** The output of `lsblk --json --bytes --output` with these columns. */
  readonly lsblk: string;
  /** /proc/self/mountinfo */
  readonly mountinfo: string;
  /** /proc/swaps */
  readonly swaps: string;
  /** /sys/block/NAME/device/type of MMC devices: `SD` is a card, `MMC` is soldered. */
  readonly mmcTypes: Readonly<Record<string, string>>;
  /** /sys/block/NAME/loop/backing_file, by one name for each file. */
  readonly backingFiles: Readonly<Record<string, string>>;
}

interface BlockNode {
  readonly name: string;
  readonly path: string;
  readonly number: string;
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly children: readonly BlockNode[];
}

const textOf = (value: unknown): string | undefined => {
  const text = typeof value === 'string' ? value.trim() : undefined;
  return text === '' ? undefined : text;
};

/** Older versions of lsblk print numbers and booleans as text. */
const isSet = (value: unknown): boolean => value === true || value === '1' || value === 1;
const numberOf = (value: unknown): number => {
  const number = Number(value);
  return Number.isSafeInteger(number) && number >= 0 ? number : 0;
};

function toNode(value: unknown): BlockNode | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const name = textOf(fields['kname']) ?? textOf(fields['name']);
  if (name === undefined) return undefined;
  const { children } = fields;
  return {
    name,
    path: textOf(fields['path']) ?? `/dev/${name}`,
    number: textOf(fields['maj:min']) ?? '',
    type: textOf(fields['type']) ?? '',
    fields,
    children: Array.isArray(children) ? children.flatMap(child => toNode(child) ?? []) : [],
  };
}

const withDescendants = (node: BlockNode): readonly BlockNode[] => [
  node,
  ...node.children.flatMap(withDescendants),
];

export interface Mount {
  readonly number: string;
  readonly mountPoint: string;
  readonly source: string;
}

const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));

/** proc_pid_mountinfo(5) */
export function parseMounts(mountinfo: string): readonly Mount[] {
  return mountinfo.split('\n').flatMap(line => {
    const fields = line.split(' ');
    const separator = fields.indexOf('-');
    const [, , number, , mountPoint] = fields;
    const source = fields[separator + 2];
    if (separator === -1 || number === undefined || mountPoint === undefined || source === undefined)
      return [];
    return [{ number, mountPoint: unescapeOctal(mountPoint), source: unescapeOctal(source) }];
  });
}

const memberKinds = new Set([
  'crypto_LUKS',
  'LVM2_member',
  'linux_raid_member',
  'bcache',
  'zfs_member',
  'drbd',
]);

/** Returns the other loop devices of the file behind `name`: what is mounted from them is on this one, too. */
const findTwins = (name: string, { backingFiles }: KernelFiles): readonly string[] =>
  Object.keys(backingFiles).filter(
    other => other !== name && backingFiles[name] !== undefined && backingFiles[other] === backingFiles[name],
  );

function toDrive(
  node: BlockNode,
  files: KernelFiles,
  mounts: readonly Mount[],
  swaps: readonly string[],
): Drive {
  const { fields, name, type } = node;
  const all = withDescendants(node);
  const mmcType = files.mmcTypes[name];
  const bus = mmcType === undefined ? textOf(fields['tran']) : mmcType === 'SD' ? 'sd' : 'mmc';
  return {
    path: node.path,
    name,
    deviceNumbers: all.map(({ number }) => number),
    kind: type === 'disk' ? 'disk' : type === 'loop' ? 'loop' : 'other',
    bus: bus ?? (type === 'loop' ? 'loop' : undefined),
    model: textOf(fields['model']),
    serial: textOf(fields['serial']),
    sizeBytes: numberOf(fields['size']),
    sectorBytes: numberOf(fields['log-sec']) || 512,
    isRemovable: isSet(fields['rm']) || isSet(fields['hotplug']) || bus === 'usb' || bus === 'sd',
    isReadOnly: isSet(fields['ro']),
    mountPoints: [
      ...new Set(
        mounts
          .filter(({ number, source }) => all.some(it => it.number === number || it.path === source))
          .map(({ mountPoint }) => mountPoint),
      ),
    ],
    isSwap: all.some(({ path }) => swaps.includes(path)),
    holders: [
      ...all
        .filter(it => it !== node && it.type !== 'part')
        .map(it => ({ name: textOf(it.fields['name']) ?? it.name, kind: it.type })),
      ...findTwins(name, files).map(twin => ({ name: twin, kind: 'another loop device of its file' })),
    ],
    members: [...new Set(all.map(it => textOf(it.fields['fstype'])))].filter(
      (kind): kind is string => kind !== undefined && memberKinds.has(kind),
    ),
    backingFile: files.backingFiles[name],
  };
}

/** The drives in `files`, whether they may be written to or not. Throws SyntaxError if lsblk did not print JSON. */
export function parseDrives(files: KernelFiles): readonly Drive[] {
  const parsed = JSON.parse(files.lsblk) as { readonly blockdevices?: unknown };
  const nodes = Array.isArray(parsed.blockdevices) ? parsed.blockdevices.flatMap(it => toNode(it) ?? []) : [];
  const mounts = parseMounts(files.mountinfo);
  const swaps = files.swaps
    .split('\n')
    .slice(1)
    .map(line => unescapeOctal(line.split(/\s/)[0] ?? ''));
  return nodes.map(node => toDrive(node, files, mounts, swaps));
}
