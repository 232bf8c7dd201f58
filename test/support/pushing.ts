import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { PushEvent } from '../../src/release/apply/events.ts';
import type { FailureJson } from '../../src/ui/failure.ts';
import { useDevice, type DeviceOptions, type EmulatedDevice } from './emulated-device.ts';
import { eventually } from './eventually.ts';
import { root, type Ended } from './run-program.ts';
import { useSharedDevice } from './shared-device.ts';
import { openTempDirectory } from './temp-directory.ts';

export type PushLine = PushEvent | { readonly type: 'error'; readonly error: FailureJson };

export interface RunningOs {
  readonly pid: number;
  /** Resolves when what it has printed on stdout or stderr matches. */
  saying(pattern: RegExp): Promise<void>;
  /** What it has printed so far. */
  stdout(): string;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Starts the built program as a user who has met no device yet. */
export function startOs(args: readonly string[], home: string, env: NodeJS.ProcessEnv = {}): RunningOs {
  const child = spawn(process.execPath, [path.join(root, 'bin/run.js'), ...args], {
    cwd: home,
    env: {
      ...process.env,
      ...{ HOME: home, XDG_STATE_HOME: home, NO_COLOR: '1', NODE_ENV: undefined },
      ...{ SSH_AUTH_SOCK: undefined, OS_DEVICE: undefined, DOCKER_CONFIG: undefined, DEBUG: undefined },
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  const listeners = new Set<() => void>();
  const heard = (): void => {
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
    heard();
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
    heard();
  });
  const ended = (once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>).then(
    ([code, signal]) => ({ code, signal, stdout, stderr }),
  );
  return {
    pid: child.pid ?? 0,
    saying: pattern =>
      new Promise((resolve, reject) => {
        const listener = (): void => {
          if (!pattern.test(stdout + stderr)) return;
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
        listener();
        void ended.then(() =>
          reject(new Error(`it ended without saying ${String(pattern)}\n${stdout}${stderr}`)),
        );
      }),
    stdout: () => stdout,
    kill: signal => void child.kill(signal),
    ended,
  };
}

export interface Listed {
  Id: string;
  Names: string[];
  State: string;
  Labels: Record<string, string>;
}

/** For a mocha group: a device, and a user who pushes to it. */
/** `options`: the device is its own, and made so. */
export function usePushing(options?: DeviceOptions): Pushing {
  const device = options === undefined ? useSharedDevice() : useDevice(options);
  let home: Awaited<ReturnType<typeof openTempDirectory>>;
  before(async () => {
    home = await openTempDirectory();
  });
  after(async () => {
    await home[Symbol.asyncDispose]();
  });
  const start = (...args: string[]): RunningOs => startOs(args, home.path);
  const push = (directory: string, ...flags: string[]): Promise<Ended> =>
    start('push', device().address, '--source', directory, '--detach', '--json', ...flags).ended;
  const list = async (query: string): Promise<Listed[]> =>
    (await device().engine(`/containers/json?all=1${query}`)) as Listed[];
  return {
    ...{ device, start, push },
    os: (...args) => start(...args).ended,
    async pushed(directory, ...flags) {
      const ended = await push(directory, ...flags);
      assert.equal(ended.code, 0, ended.stdout + ended.stderr);
      return eventsOf(ended);
    },
    containers: project => {
      const filters = JSON.stringify({ label: [`com.docker.compose.project=${project}`] });
      return list(`&filters=${encodeURIComponent(filters)}`);
    },
    page: async port => (await fetch(`http://${device().address}:${port.toString()}/`)).text(),
    // What the classic builder makes for RUN carries no name of ours and no project.
    noBuildContainers: () =>
      eventually(async () => {
        const strays = (await list('')).filter(it => it.Labels['com.docker.compose.project'] === undefined);
        assert.deepEqual(
          strays.map(it => it.Names),
          [],
        );
      }),
  };
}

export interface Pushing {
  device: () => EmulatedDevice;
  os: (...args: string[]) => Promise<Ended>;
  start: (...args: string[]) => RunningOs;
  /** `os push --detach --json` of a directory. */
  push: (directory: string, ...flags: string[]) => Promise<Ended>;
  /** The events of a push that went well. */
  pushed: (directory: string, ...flags: string[]) => Promise<PushLine[]>;
  /** Those of a project, in whatever state. */
  containers: (project: string) => Promise<Listed[]>;
  page: (port: number) => Promise<string>;
  noBuildContainers: () => Promise<void>;
}

/** The last event that `os push --json` printed. */
export function lastOf(ended: Ended): PushLine {
  const event = eventsOf(ended).at(-1);
  assert.ok(event, ended.stderr);
  return event;
}

/** The events that `os push --json` printed. */
export const eventsOf = ({ stdout }: Ended): PushLine[] =>
  stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as PushLine);

/** The services that were started, in order. */
export const startedIn = (events: readonly PushLine[]): string[] =>
  events.flatMap(event => (event.type === 'service' && event.state === 'starting' ? [event.service] : []));
