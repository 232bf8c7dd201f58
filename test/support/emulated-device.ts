/**
 * Emulated devices for tests: with state of their own, so that the user's devices are never touched, and gone when the run
 * ends, however it ends.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type {
  DeviceRecord,
  EmulatedSupervisorMode,
  EmulatedVariant,
} from '../../src/emulator/device/device-record.ts';
import type { DeviceView } from '../../src/emulator/device/device-view.ts';
import type { UpResult } from '../../src/emulator/up.ts';
import { needsMachine } from './machine.ts';
import type { Ended } from './run-program.ts';
import { root, runOs } from './run-program.ts';

/** Making the root file system, where no run has made it before, takes a minute or more on a slow machine. */
export const upTimeoutMs = 600_000;

export interface DeviceOptions {
  variant?: EmulatedVariant;
  /** Mode of its supervisor. Default: it has none. */
  supervisor?: EmulatedSupervisorMode;
  supervisorMajor?: number;
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
  const watcher = spawn(
    '/bin/sh',
    [path.join(root, 'test/support/end-devices.sh'), process.execPath, path.join(root, 'bin/run.js')],
    {
      detached: true,
      env: { ...process.env, ...deviceEnvironment() },
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  watcher.unref();
  // Open as long as this process lives, and no reason for it to go on living.
  (watcher.stdin as unknown as { unref(): void }).unref();
  return stateHome;
}

/** The environment in which `os` knows the devices of this run. */
export const deviceEnvironment = (): NodeJS.ProcessEnv => ({ XDG_STATE_HOME: openStateHome() });

/**
 * Arguments that make a device without a supervisor where they name none: its start would cost each test that boots a device 0.8 s
 * of CPU.
 */
function withoutSupervisor(args: readonly string[], home: string): readonly string[] {
  const [verb, name = ''] = args;
  const isMade = verb === 'up' && !existsSync(path.join(deviceDirectory(name, home), 'device.json'));
  return isMade && !args.includes('--supervisor') ? [...args, '--supervisor', 'none'] : args;
}

/**
 * Runs `os emulator …` on the devices of this run, or on those of the state directory `stateHome`. A device that it makes has no
 * supervisor unless `--supervisor` says otherwise.
 */
export const runEmulator = (
  args: readonly string[],
  { cacheHome, stateHome: home = openStateHome() }: { cacheHome?: string; stateHome?: string } = {},
): Promise<Ended> =>
  runOs(['emulator', ...withoutSupervisor(args, home)], {
    env: {
      XDG_STATE_HOME: home,
      ...(cacheHome === undefined ? {} : { XDG_CACHE_HOME: cacheHome }),
    },
  });

/** The result of a `--json` document. Throws with what was said when the command failed. */
export function resultOf({ code, stdout, stderr }: Ended): unknown {
  if (code !== 0) throw new Error(`exit status ${String(code)}\n${stdout}${stderr}`);
  return (JSON.parse(stdout) as { result: unknown }).result;
}

/** Where the files of a device of this run, or of another state directory, are. */
export const deviceDirectory = (name: string, home = openStateHome()): string =>
  path.join(home, 'os-cli', 'emulator', name);

let made = 0;
export const newDeviceName = (): string => `t${process.pid.toString()}-${(++made).toString()}`;

/** Boots a device again, or for the first time, with further flags of `os emulator up`. */
export async function bootDevice(
  name: string,
  flags: readonly string[] = [],
  home = openStateHome(),
): Promise<EmulatedDevice> {
  const ended = await runEmulator(['up', name, '--json', ...flags], { stateHome: home });
  return attachDevice((resultOf(ended) as UpResult).device, home);
}

/** Makes and boots a device; disposing deletes it. */
export function openDevice(options: DeviceOptions = {}): Promise<EmulatedDevice> {
  const {
    variant = 'development',
    supervisor,
    supervisorMajor,
    enginePort,
    hostname,
    sshKeyFile,
    subnet,
    uuid,
  } = options;
  const flags = Object.entries({
    variant,
    supervisor,
    'supervisor-version': supervisorMajor?.toString(),
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

export function attachDevice(view: DeviceView, home = openStateHome()): EmulatedDevice {
  const directory = deviceDirectory(view.name, home);
  const config = path.join(directory, 'boot', 'config.json');
  return {
    ...view,
    directory,
    ssh: (command, identity) => runSsh(view.address, command, identity),
    async engine(request) {
      const answer = await fetch(`http://${view.address}:${String(view.ports.engine)}${request}`, {
        signal: AbortSignal.timeout(60_000),
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
      resultOf(await runEmulator(['rm', view.name, '--json'], { stateHome: home }));
    },
  };
}
