/** Images of the OS, made by the tools that define what a partition table and its file systems are. */
import { execFile, spawn } from 'node:child_process';
import { open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export const MiB = 1024 * 1024;

/** Runs a tool of the system and resolves with what it prints; throws with what it says where it fails. */
export async function tool(command: string, args: readonly string[], input?: string): Promise<string> {
  const env = {
    ...process.env,
    PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
    LC_ALL: 'C.UTF-8',
    MTOOLS_SKIP_CHECK: '1',
  };
  if (input === undefined) return (await execute(command, args, { env, maxBuffer: 64 * MiB })).stdout;
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const printed: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => printed.push(part));
  child.stderr.on('data', (part: Buffer) => printed.push(part));
  child.stdin.end(input);
  const code = await new Promise<number | null>(resolve => child.on('close', resolve));
  const text = Buffer.concat(printed).toString();
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${text}`);
  return text;
}

export interface ImageOptions {
  readonly table?: 'mbr' | 'gpt';
  /** What mkfs.vfat is told about the boot partition: `['-F', '32', '-s', '8']`. */
  readonly fat?: readonly string[];
  readonly bootMiB?: number;
  readonly labels?: 'resin' | 'balena' | 'flash';
  /** Vendor partitions that lie in front of the boot partition. */
  readonly vendorFirst?: number;
  /** Files of the boot partition, by path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly dataMiB?: number;
}

export interface MadeImage {
  readonly path: string;
  readonly bootStart: number;
  readonly bootBytes: number;
  /** The boot partition as mtools name it. */
  readonly mtools: string;
}

export const osRelease = `ID="balena-os"
NAME="balenaOS"
VERSION="2.44.0+rev1"
VERSION_ID="2.44.0+rev1"
PRETTY_NAME="balenaOS 2.44.0+rev1"
MACHINE="raspberrypi3"
VARIANT="Development"
VARIANT_ID="dev"
META_BALENA_VERSION="2.44.0"
RESIN_BOARD_REV="ba218f3"
META_RESIN_REV="7fed82f"
SLUG="raspberrypi3"`;

export const bootFiles: Readonly<Record<string, string>> = {
  'config.json': '{"deviceType":"raspberrypi3","persistentLogging":false}',
  'device-type.json': '{"slug":"raspberrypi3","arch":"armv7hf","name":"Raspberry Pi 3"}',
  'os-release': osRelease,
  'image-version-info': 'meta-balena\n  HEAD: 7fed82f\n',
  'balena-image': '',
  'config.txt': 'gpu_mem=16\n',
  'splash/balena-logo.png': 'PNG',
  'system-connections/balena-sample.ignore': '[connection]\nid=resin-sample\ntype=wifi\n',
};

interface Place {
  readonly startMiB: number;
  readonly sizeMiB: number;
  readonly label: string;
  readonly type: 'boot' | 'linux' | 'extended' | 'vendor';
}

function planLayout({
  table = 'mbr',
  bootMiB = 40,
  labels = 'resin',
  vendorFirst = 0,
  dataMiB = 8,
}: ImageOptions): readonly Place[] {
  const places: Place[] = [];
  let at = 4;
  const add = (label: string, sizeMiB: number, type: Place['type']): void => {
    places.push({ startMiB: at, sizeMiB, label, type });
    if (type !== 'extended') at += sizeMiB;
  };
  for (let index = 0; index < vendorFirst; index += 1) add(`vendor${index.toString()}`, 1, 'vendor');
  add(`${labels}-boot`, bootMiB, 'boot');
  add(`${labels}-rootA`, 16, 'linux');
  add(`${labels}-rootB`, 16, 'linux');
  if (table === 'mbr') {
    add('', 4 + 12 + 4 + dataMiB, 'extended');
    at += 4;
  }
  add(`${labels}-state`, 12, 'linux');
  if (table === 'mbr') at += 4;
  add(`${labels}-data`, dataMiB, 'linux');
  return places;
}

const mbrTypes = { boot: 'e', linux: '83', extended: 'f', vendor: 'da' } as const;

/** Makes an image in `directory`. */
export async function makeImage(directory: string, options: ImageOptions = {}): Promise<MadeImage> {
  const { table = 'mbr', fat = ['-F', '16'], files = bootFiles } = options;
  const file = path.join(directory, 'os.img');
  const places = planLayout(options);
  const last = places.at(-1);
  const handle = await open(file, 'w');
  await handle.truncate(((last?.startMiB ?? 0) + (last?.sizeMiB ?? 0) + (table === 'gpt' ? 1 : 0)) * MiB);
  await handle.close();
  const script = places.map(({ startMiB, sizeMiB, label, type }) =>
    table === 'gpt'
      ? `start=${startMiB.toString()}MiB, size=${sizeMiB.toString()}MiB, type=${type === 'boot' ? 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7' : 'linux'}, name="${label}"`
      : `start=${startMiB.toString()}MiB, size=${sizeMiB.toString()}MiB, type=${mbrTypes[type]}`,
  );
  await tool('sfdisk', ['-q', file], `label: ${table === 'gpt' ? 'gpt' : 'dos'}\n${script.join('\n')}\n`);
  for (const { startMiB, sizeMiB, label, type } of places) {
    if (type === 'linux')
      await tool('mkfs.ext4', [
        '-q',
        '-F',
        '-L',
        label,
        '-E',
        `offset=${(startMiB * MiB).toString()}`,
        file,
        `${sizeMiB.toString()}M`,
      ]);
    if (type === 'boot')
      await tool('mkfs.vfat', [
        ...fat,
        '-S',
        '512',
        '-n',
        label,
        '--offset',
        (startMiB * 2048).toString(),
        file,
        (sizeMiB * 1024).toString(),
      ]);
  }
  const boot = places.find(({ type }) => type === 'boot');
  const bootStart = (boot?.startMiB ?? 0) * MiB;
  const made = {
    path: file,
    bootStart,
    bootBytes: (boot?.sizeMiB ?? 0) * MiB,
    mtools: `${file}@@${bootStart.toString()}`,
  };
  await putFiles(directory, made, files);
  return made;
}

/** Copies files into the boot partition with mtools. */
export async function putFiles(
  directory: string,
  { mtools }: MadeImage,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const made = new Set<string>();
  for (const [name, content] of Object.entries(files)) {
    const folder = path.dirname(name);
    if (folder !== '.' && !made.has(folder)) await tool('mmd', ['-i', mtools, `::${folder}`]);
    made.add(folder);
    const staged = path.join(directory, 'staged');
    await writeFile(staged, content);
    await tool('mcopy', ['-o', '-i', mtools, staged, `::${name}`]);
  }
}
