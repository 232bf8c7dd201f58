/** How test files of one run hand an emulated device on: whoever takes it finds nothing of those that had it before. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DeviceView } from '../../src/emulator/device/device-view.ts';
import { attachDevice, bootDevice, newDeviceName, type EmulatedDevice } from './emulated-device.ts';

interface Image {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
}

/** A device that nobody has: as it is printed, and the image that the OS brought. */
interface Free {
  readonly view: DeviceView;
  readonly osImage: string;
}

export interface LentDevice {
  readonly device: EmulatedDevice;
  /** The image that the OS brought; undefined where there is none: such a device is not handed on. */
  readonly osImage: string | undefined;
  /** The places in its OS and of its data that something was mounted over when it was taken. */
  readonly covered: string;
}

const osImageName = 'busybox:latest';

async function findOsImage(device: EmulatedDevice): Promise<string | undefined> {
  const images = (await device.engine('/images/json')) as readonly Image[];
  return images.find(({ RepoTags }) => RepoTags?.includes(osImageName))?.Id;
}

const freeFolder = (home: string): string => path.join(home, 'free');

/** Takes a device that is free and answers, if there is one: whose renaming succeeds has it. */
async function takeFree(home: string): Promise<Omit<LentDevice, 'covered'> | undefined> {
  mkdirSync(freeFolder(home), { recursive: true });
  for (const name of readdirSync(freeFolder(home))) {
    const taken = path.join(home, `taken-${name}`);
    try {
      renameSync(path.join(freeFolder(home), name), taken);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw error;
    }
    const free = JSON.parse(readFileSync(taken, 'utf8')) as Free;
    rmSync(taken);
    const device = attachDevice(free.view, home);
    if ((await findOsImage(device).catch(() => undefined)) === free.osImage)
      return { device, osImage: free.osImage };
    await device[Symbol.asyncDispose]();
  }
  return undefined;
}

/** Places in the OS of the device, and of its data, that something else is mounted over. */
async function coveredPlaces(device: EmulatedDevice): Promise<string> {
  const { stdout } = await device.ssh(
    "cut -d ' ' -f 5 /proc/self/mountinfo | grep -E '^/((usr|etc|bin|sbin|lib)(/|$)|(mnt/data|mnt/state|var/lib/docker)$)' | sort",
  );
  return stdout;
}

/** Removes what tests left on it, whosever it is: containers, volumes, networks, images, and files for a time. */
async function wipe({ device, covered }: LentDevice): Promise<void> {
  const names = async (request: string, list: string | undefined, key: string): Promise<string[]> => {
    const answer = (await device.engine(request)) as Record<string, unknown>;
    const found = (list === undefined ? answer : (answer[list] ?? [])) as readonly Record<string, unknown>[];
    return found.flatMap(it => it[key] ?? []) as string[];
  };
  const request = async (method: string, target: string): Promise<void> => {
    const url = `http://${device.address}:${String(device.ports.engine)}${target}`;
    const answer = await fetch(url, { method, signal: AbortSignal.timeout(30_000) });
    const text = await answer.text();
    if (!answer.ok && answer.status !== 404) throw new Error(`${method} ${target}: ${text}`);
  };
  for (const id of await names('/containers/json?all=1', undefined, 'Id'))
    await request('DELETE', `/containers/${id}?force=1&v=1`);
  for (const name of await names('/volumes', 'Volumes', 'Name')) await request('DELETE', `/volumes/${name}`);
  await request('POST', '/networks/prune');
  for (const tag of await names('/images/json', undefined, 'RepoTags'))
    if (tag !== osImageName && tag !== '<none>:<none>') await request('DELETE', `/images/${tag}?force=1`);
  await request('POST', '/images/prune');
  const files = await device.ssh(
    "find /tmp /root -mindepth 1 -maxdepth 1 ! -name '.*' ! -name 'systemd-*' -exec rm -rf {} +",
  );
  if (files.code !== 0) throw new Error(files.stderr);
  if ((await coveredPlaces(device)) !== covered)
    throw new Error('a test has mounted something over its OS or data');
}

/** A free device of `home`, or a new one. */
export async function takeDevice(home: string): Promise<LentDevice> {
  const free = await takeFree(home);
  const device = free?.device ?? (await bootDevice(newDeviceName(), ['--variant', 'development'], home));
  const osImage = free === undefined ? await findOsImage(device) : free.osImage;
  return { device, osImage, covered: await coveredPlaces(device) };
}

/** Wipes a device and leaves it to the next that takes one of `home`. One that cannot be wiped is removed instead. */
export async function giveBack(lent: LentDevice, home: string): Promise<void> {
  const { device, osImage } = lent;
  try {
    if (osImage === undefined) throw new Error('it had no image of its OS');
    await wipe(lent);
  } catch (error) {
    process.stderr.write(`the shared device ${device.name} is not lent again: ${String(error)}\n`);
    await device[Symbol.asyncDispose]();
    return;
  }
  const made = path.join(home, `freed-${device.name}`);
  writeFileSync(made, JSON.stringify({ view: device, osImage }));
  renameSync(made, path.join(freeFolder(home), device.name));
}
