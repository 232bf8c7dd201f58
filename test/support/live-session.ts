/** `os push` or `os live` in a session, what it tells, and what the containers of its project have. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import type { LogEvent } from '../../src/logs/log-line.ts';
import type { LiveEvent } from '../../src/sync/events.ts';
import { deviceEnvironment, type EmulatedDevice } from './emulated-device.ts';
import { eventually } from './eventually.ts';
import { rootOfContainer, runInContainer } from './inside-container.ts';
import { root } from './run-program.ts';

type AnyEvent = LiveEvent | LogEvent | { type: 'done' | 'up' | 'error' | 'service' };

export interface LiveSession extends AsyncDisposable {
  readonly events: readonly AnyEvent[];
  /** The first event of this type after the first `from` events. */
  next<T extends AnyEvent['type']>(type: T, from?: number): Promise<AnyEvent & { type: T }>;
  /** Ctrl-C; resolves with the exit status. */
  interrupt(): Promise<number | null>;
  /** As when the machine loses its power: nothing is closed. */
  kill(): Promise<void>;
}

/** Starts a session in which `services` are in sync when this resolves. */
export async function openSession(
  device: EmulatedDevice,
  directory: string,
  {
    command = 'push',
    args = [],
    services = 1,
    target = device.address,
  }: { command?: string; args?: string[]; services?: number; target?: string } = {},
): Promise<LiveSession> {
  const words = [command, target, '-s', directory, '--json', ...args];
  const child = spawn(process.execPath, [path.join(root, 'bin/run.js'), ...words], {
    env: { ...process.env, ...deviceEnvironment(), NODE_ENV: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const events: AnyEvent[] = [];
  let rest = '';
  let talk = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    events.push(...lines.map(line => JSON.parse(line) as AnyEvent));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (talk += text));
  const ended = once(child, 'close') as Promise<[number | null]>;
  const session: LiveSession = {
    events,
    next: (type, from = 0) =>
      eventually(() => {
        const found = events.slice(from).find(it => it.type === type);
        if (found === undefined)
          throw new Error(`no ${type} in ${events.map(it => JSON.stringify(it)).join('\n')}\n${talk}`);
        return found as AnyEvent & { type: typeof type };
      }, 60_000),
    async interrupt() {
      child.kill('SIGINT');
      return (await ended)[0];
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
      await ended;
    },
  };
  try {
    const isReady = await eventually(() => {
      const hasEnded = child.exitCode !== null || child.signalCode !== null;
      if (hasEnded || events.filter(it => it.type === 'in-sync').length >= services) return !hasEnded;
      throw new Error(`not in sync:\n${events.map(it => JSON.stringify(it)).join('\n')}\n${talk}`);
    }, 120_000);
    if (!isReady) throw new Error(`it ended:\n${events.map(it => JSON.stringify(it)).join('\n')}\n${talk}`);
    return session;
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}

/** The id of a service's container. */
export async function containerOf(device: EmulatedDevice, service: string): Promise<string> {
  const filters = JSON.stringify({ label: [`com.docker.compose.service=${service}`] });
  const found = (await device.engine(`/containers/json?all=1&filters=${encodeURIComponent(filters)}`)) as {
    Id: string;
  }[];
  if (found[0] === undefined) throw new Error(`no container of ${service}`);
  return found[0].Id;
}

/** What a shell in the service's container prints. */
export async function runInside(device: EmulatedDevice, service: string, script: string): Promise<Buffer> {
  return runInContainer(device, await containerOf(device, service), script);
}

/** Name → what it is, in one word: `dir`, `link TARGET`, `file SHA256`, `exec SHA256`. */
export type Listing = Record<string, string>;

const sorted = (entries: readonly [string, string][]): Listing =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));

/** What is in a directory of a service's container. None of the directories on the way may be a link. */
export async function listInside(
  device: EmulatedDevice,
  service: string,
  directory: string,
): Promise<Listing> {
  const root = await rootOfContainer(device, await containerOf(device, service));
  return listHost(path.join(root, directory));
}

const sha256Of = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

export async function listHost(directory: string): Promise<Listing> {
  // Without their types, names are looked for behind links too.
  const found = await readdir(directory, { recursive: true, withFileTypes: true });
  const names = found.map(it => path.relative(directory, path.join(it.parentPath, it.name)));
  const entries = await Promise.all(
    names.map(async (name): Promise<[string, string]> => {
      const file = path.join(directory, name);
      const stats = await lstat(file);
      if (stats.isSymbolicLink()) return [name, `link ${await readlink(file)}`];
      if (stats.isDirectory()) return [name, 'dir'];
      return [name, `${(stats.mode & 0o100) === 0 ? 'file' : 'exec'} ${await sha256Of(file)}`];
    }),
  );
  return sorted(entries);
}

const notOfImage = new Set(['dev', 'etc', 'proc', 'sys']);

/** Every path of a container's own file system, and what it is, but of what the engine puts there. */
export async function listImageFiles(device: EmulatedDevice, service: string): Promise<string[]> {
  const root = await rootOfContainer(device, await containerOf(device, service));
  const { dev } = await stat(root);
  /** Files of one inode are read once: most programs of a small image are one. */
  const sums = new Map<number, Promise<string>>();
  const listed: string[] = [];
  const visit = async (at: string): Promise<void> => {
    const entries = await readdir(path.join(root, at), { withFileTypes: true });
    const own = entries.filter(({ name }) => at !== '' || !notOfImage.has(name));
    await Promise.all(
      own.map(async ({ name }) => {
        const inside = `${at}/${name}`;
        const file = path.join(root, inside);
        const stats = await lstat(file);
        if (stats.isSymbolicLink()) listed.push(`${inside} link ${await readlink(file)}`);
        else if (stats.isDirectory()) {
          listed.push(`${inside} dir`);
          if (stats.dev === dev) await visit(inside);
        } else if (stats.isFile()) {
          const sum = sums.get(stats.ino) ?? sha256Of(file);
          sums.set(stats.ino, sum);
          listed.push(`${inside} ${await sum}`);
        }
      }),
    );
  };
  await visit('');
  return listed.sort();
}
