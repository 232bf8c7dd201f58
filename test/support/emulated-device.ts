/**
 * Emulated devices for tests: with state of their own, so that the user's devices are never touched, and gone when the run
 * ends, however it ends.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DeviceRecord, EmulatedVariant } from '../../src/emulator/device-record.ts';
import type { DeviceView } from '../../src/emulator/device-view.ts';
import type { UpResult } from '../../src/emulator/up.ts';
import { needsMachine } from './machine.ts';
import type { Ended } from './run-program.ts';
import { root, runOs } from './run-program.ts';

/** Making the root file system, where no run has made it before, takes a minute or more on a slow machine. */
export const upTimeoutMs = 600_000;

export interface DeviceOptions {
  variant?: EmulatedVariant;
  enginePort?: number;
  hostname?: string;
  sshKeyFile?: string;
  subnet?: string;
  uuid?: string;
}

export interface EmulatedDevice extends AsyncDisposable, DeviceView {
  /** Its files: boot/, state/, data/, device.json. */
  readonly directory: string;
  /** Runs a command as root on it, with no password or with the key in `identity`. */
  ssh(command: string, identity?: string): Promise<Ended>;
  /** What a GET of the engine answers, parsed. */
  engine(path: string): Promise<unknown>;
  readConfig(): Record<string, unknown>;
  writeConfig(config: Record<string, unknown> | string): void;
  /** As it is on disk, with the process that runs it. */
  record(): DeviceRecord;
}

let stateHome: string | undefined;

/** The state directory of this run. A watcher that waits for the run's end takes its devices down. */
function openStateHome(): string {
  if (stateHome !== undefined) return stateHome;
  stateHome = path.join(tmpdir(), `os-test-devices-${randomBytes(4).toString('hex')}`);
  mkdirSync(stateHome, { mode: 0o700 });
  // Again where it fails (the program may be being built at this moment): without its files nobody finds a device.
  const afterwards =
    'cat; for wait in 5 20 60; do "$0" "$1" emulator down --all --force && break; sleep $wait; done; rm -rf "$XDG_STATE_HOME"';
  const watcher = spawn('/bin/sh', ['-c', afterwards, process.execPath, path.join(root, 'bin/run.js')], {
    detached: true,
    env: { ...process.env, ...deviceEnvironment() },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  // Open as long as this process lives, and no reason for it to go on living.
  (watcher.stdin as unknown as { unref(): void }).unref();
  return stateHome;
}

/** The environment in which `os` knows the devices of this run. */
export const deviceEnvironment = (): NodeJS.ProcessEnv => ({ XDG_STATE_HOME: openStateHome() });

/** Runs `os emulator …` on the devices of this run. */
export const runEmulator = (args: readonly string[], options: { cacheHome?: string } = {}): Promise<Ended> =>
  runOs(['emulator', ...args], {
    env: {
      ...deviceEnvironment(),
      ...(options.cacheHome === undefined ? {} : { XDG_CACHE_HOME: options.cacheHome }),
    },
  });

/** The result of a `--json` document. Throws with what was said when the command failed. */
export function resultOf({ code, stdout, stderr }: Ended): unknown {
  if (code !== 0) throw new Error(`exit status ${String(code)}\n${stdout}${stderr}`);
  return (JSON.parse(stdout) as { result: unknown }).result;
}

/** Where the files of a device of this run are. */
export const deviceDirectory = (name: string): string =>
  path.join(openStateHome(), 'os-cli', 'emulator', name);

let made = 0;
export const newDeviceName = (): string => `t${process.pid.toString()}-${(++made).toString()}`;

/** Boots a device again, or for the first time, with further flags of `os emulator up`. */
export async function bootDevice(name: string, flags: readonly string[] = []): Promise<EmulatedDevice> {
  const { device } = resultOf(await runEmulator(['up', name, '--json', ...flags])) as UpResult;
  return attachDevice(device);
}

/** Makes and boots a device; disposing deletes it. */
export function openDevice(options: DeviceOptions = {}): Promise<EmulatedDevice> {
  const { variant = 'development', enginePort, hostname, sshKeyFile, subnet, uuid } = options;
  const flags = Object.entries({
    variant,
    'engine-port': enginePort?.toString(),
    hostname,
    'ssh-key': sshKeyFile,
    subnet,
    uuid,
  }).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`, value]));
  return bootDevice(newDeviceName(), flags);
}

/** For a mocha group: one device, there before its tests and gone after them. */
export function useDevice(options: DeviceOptions = {}): () => EmulatedDevice {
  let device: EmulatedDevice | undefined;
  before(async function () {
    needsMachine(this);
    this.timeout(upTimeoutMs);
    device = await openDevice(options);
  });
  after(async () => {
    await device?.[Symbol.asyncDispose]();
  });
  return () => {
    if (device === undefined) throw new Error('the device is there once the tests run');
    return device;
  };
}

const sshOptions = [
  'StrictHostKeyChecking=no',
  'UserKnownHostsFile=/dev/null',
  'LogLevel=ERROR',
  'BatchMode=yes',
];

function runSsh(address: string, command: string, identity?: string): Promise<Ended> {
  const options = [...sshOptions, ...(identity === undefined ? [] : ['IdentitiesOnly=yes'])];
  const args = ['-F', 'none', '-p', '22222', ...options.flatMap(option => ['-o', option])];
  const child = spawn(
    'ssh',
    [...args, ...(identity === undefined ? [] : ['-i', identity]), `root@${address}`, command],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

function attachDevice(view: DeviceView): EmulatedDevice {
  const directory = deviceDirectory(view.name);
  const config = path.join(directory, 'boot', 'config.json');
  return {
    ...view,
    directory,
    ssh: (command, identity) => runSsh(view.address, command, identity),
    async engine(request) {
      const answer = await fetch(`http://${view.address}:${String(view.ports.engine)}${request}`, {
        signal: AbortSignal.timeout(10_000),
      });
      const text = await answer.text();
      return /^[[{]/.test(text) ? (JSON.parse(text) as unknown) : text;
    },
    readConfig: () => JSON.parse(readFileSync(config, 'utf8')) as Record<string, unknown>,
    writeConfig: content =>
      writeFileSync(config, typeof content === 'string' ? content : JSON.stringify(content)),
    record: () => JSON.parse(readFileSync(path.join(directory, 'device.json'), 'utf8')) as DeviceRecord,
    async [Symbol.asyncDispose]() {
      if (!existsSync(directory)) return;
      resultOf(await runEmulator(['rm', view.name, '--json']));
    },
  };
}
