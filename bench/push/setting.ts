/** What the measurements of pushes have in common: the device, its projects, and the programs that are compared. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const run = path.resolve(import.meta.dirname, '../../bin/run.js');
const emulated = 'push-bench';
const fileBytes = 4_000_000;

/** Runs `os emulator`, and returns its result. */
function emulator(...args: string[]): unknown {
  const stdout = execFileSync(process.execPath, [run, 'emulator', ...args, '--json'], { encoding: 'utf8' });
  return (JSON.parse(stdout) as { result: unknown }).result;
}

/** A device of the bench, until disposed. */
interface BootedDevice extends Disposable {
  readonly address: string;
}

/** A new device, also where a run that was interrupted has left one. */
export function bootDevice(name: string, ...flags: readonly string[]): BootedDevice {
  const devices = emulator('list') as { name: string }[];
  if (devices.some(it => it.name === name)) emulator('rm', name);
  const { device } = emulator('up', name, ...flags) as { device: { address: string } };
  return { address: device.address, [Symbol.dispose]: () => void emulator('rm', name) };
}

export interface Setting {
  readonly address: string;
  /** The engine, for Docker's client. */
  readonly host: string;
  /** Removed at the end. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly makeProject: (name: string, files: Readonly<Record<string, string | Buffer>>) => Promise<string>;
  /** A project with files of `bytes` that do not compress. */
  makeLarge(name: string, bytes: number, files: Readonly<Record<string, string>>): Promise<string>;
  /** Bytes that this machine has sent on the way to the device, as the kernel counts them. */
  readonly readSentBytes: () => number;
  /** Removes the device, unless it was given. */
  end(): void;
}

export async function openSetting(given: string | undefined): Promise<Setting> {
  const booted = given === undefined ? bootDevice(emulated, '--supervisor', 'none') : undefined;
  const address = given ?? booted?.address ?? '';
  const folder = await mkdtemp(path.join(tmpdir(), 'os-bench-push-'));
  const makeProject: Setting['makeProject'] = async (name, files) => {
    const directory = path.join(folder, name);
    await mkdir(directory);
    for (const [file, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(directory, file)), { recursive: true });
      await writeFile(path.join(directory, file), content);
    }
    return directory;
  };
  return {
    address,
    host: `tcp://${address}:2377`,
    folder,
    env: {
      XDG_STATE_HOME: path.join(folder, 'state'),
      XDG_CACHE_HOME: path.join(folder, 'cache'),
      DOCKER_BUILDKIT: '0',
    },
    makeProject,
    makeLarge: (name, bytes, files) =>
      makeProject(name, {
        ...files,
        ...Object.fromEntries(
          Array.from({ length: bytes / fileBytes }, (_, i) => [
            `${i.toString()}.bin`,
            randomBytes(fileBytes),
          ]),
        ),
      }),
    readSentBytes: () =>
      Number(readFileSync(`/sys/class/net/${interfaceTo(address)}/statistics/tx_bytes`, 'utf8')),
    end() {
      booted?.[Symbol.dispose]();
    },
  };
}

/** The network interface on the way to `address`. */
export function interfaceTo(address: string): string {
  const routes = execFileSync('ip', ['-json', 'route', 'get', address], { encoding: 'utf8' });
  const [route] = JSON.parse(routes) as { dev: string }[];
  if (route === undefined) throw new Error(`no route to ${address}`);
  return route.dev;
}

export const os = (...words: readonly string[]): string[] => [process.execPath, run, ...words];
