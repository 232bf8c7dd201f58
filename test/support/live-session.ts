/** `os push` or `os live` in a session, what it tells, and what the containers of its project have. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import type { LogEvent } from '../../src/logs/log-line.ts';
import type { LiveEvent } from '../../src/sync/events.ts';
import { deviceEnvironment, type EmulatedDevice } from './emulated-device.ts';
import { eventually } from './eventually.ts';
import { root } from './run-program.ts';

type AnyEvent = LiveEvent | LogEvent | { type: 'done' | 'up' | 'error' | 'service' };

export interface LiveSession extends AsyncDisposable {
  readonly events: readonly AnyEvent[];
  /** The first event of this type after the first `from` events. */
  next<T extends AnyEvent['type']>(type: T, from?: number): Promise<AnyEvent & { type: T }>;
  /** Ctrl-C; resolves with the exit status. */
  interrupt(): Promise<number | null>;
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
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
      await ended;
    },
  };
  try {
    const isReady = await eventually(() => {
      const hasEnded = child.exitCode !== null || child.signalCode !== null;
      if (hasEnded || events.filter(it => it.type === 'watching').length >= services) return !hasEnded;
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
  const engine = `http://${device.address}:${String(device.ports.engine)}`;
  const post = (url: string, body: object): Promise<Response> =>
    fetch(engine + url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const id = await containerOf(device, service);
  const asked = { AttachStdout: true, AttachStderr: false, Cmd: ['/bin/sh', '-c', script], User: '0' };
  const made = await post(`/containers/${id}/exec`, asked);
  if (!made.ok) throw new Error(await made.text());
  const { Id } = (await made.json()) as { Id: string };
  const answer = await post(`/exec/${Id}/start`, { Detach: false, Tty: false });
  const framed = Buffer.from(await answer.arrayBuffer());
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= framed.length;) {
    const end = at + 8 + framed.readUInt32BE(at + 4);
    parts.push(framed.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(parts);
}

/** Name → what it is, in one word: `dir`, `link TARGET`, `file SHA256`, `exec SHA256`. */
export type Listing = Record<string, string>;

const sorted = (entries: readonly [string, string][]): Listing =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));

export async function listInside(
  device: EmulatedDevice,
  service: string,
  directory: string,
): Promise<Listing> {
  const each = `for f; do
    if [ -L "$f" ]; then w="link $(readlink "$f")"; elif [ -d "$f" ]; then w=dir
    else s=$(sha256sum <"$f"); s=\${s%% *}; if [ -x "$f" ]; then w="exec $s"; else w="file $s"; fi; fi
    printf '%s\\0%s\\0' "$f" "$w"; done`;
  const script = `cd ${directory} && find . -mindepth 1 -exec sh -c '${each.replaceAll("'", `'\\''`)}' sh {} +`;
  const words = (await runInside(device, service, script)).toString().split('\0').slice(0, -1);
  const entries: [string, string][] = [];
  for (let i = 0; i < words.length; i += 2) entries.push([(words[i] ?? '').slice(2), words[i + 1] ?? '']);
  return sorted(entries);
}

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
      const sum = createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
      return [name, `${(stats.mode & 0o100) === 0 ? 'file' : 'exec'} ${sum}`];
    }),
  );
  return sorted(entries);
}
