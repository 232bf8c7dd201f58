// Pushes and builds on a device, against Docker's own client and its classic builder.
// Usage: npm run bench -- push [ADDRESS]; without an address a virtual device is booted, and removed at the end.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { measure, type Candidate, type Row } from './measure.ts';
import { report } from './report.ts';

const run = path.resolve(import.meta.dirname, '../bin/run.js');
const emulated = 'push-bench';
const fileBytes = 4_000_000;

/** Runs `os emulator`, and returns its result. */
function emulator(...args: string[]): unknown {
  const stdout = execFileSync(process.execPath, [run, 'emulator', ...args, '--json'], { encoding: 'utf8' });
  return (JSON.parse(stdout) as { result: unknown }).result;
}

/** A new device, also where a run that was interrupted has left one. */
function bootDevice(): string {
  const devices = emulator('list') as { name: string }[];
  if (devices.some(({ name }) => name === emulated)) emulator('rm', emulated);
  return (emulator('up', emulated) as { device: { address: string } }).device.address;
}

const given = process.argv.slice(2).find(word => !word.startsWith('-'));
const address = given ?? bootDevice();
const folder = await mkdtemp(path.join(tmpdir(), 'os-bench-push-'));
const env = {
  XDG_STATE_HOME: path.join(folder, 'state'),
  XDG_CACHE_HOME: path.join(folder, 'cache'),
  DOCKER_BUILDKIT: '0',
};

async function makeProject(name: string, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const directory = path.join(folder, name);
  await mkdir(directory);
  for (const [file, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(directory, file)), { recursive: true });
    await writeFile(path.join(directory, file), content);
  }
  return directory;
}

/** A context of `bytes` that does not compress, all of it copied into the image. */
const makeLarge = (name: string, bytes: number): Promise<string> =>
  makeProject(name, {
    Dockerfile: 'FROM busybox\nCOPY . /data\n',
    ...Object.fromEntries(
      Array.from({ length: bytes / fileBytes }, (_, i) => [`${i.toString()}.bin`, randomBytes(fileBytes)]),
    ),
  });

const os = (...words: readonly string[]): string[] => [process.execPath, run, ...words];

/** As on the first day: nothing of the context is remembered here, and nothing cached there. */
const afresh = (name: string, words: readonly string[]): Candidate => ({
  ...{ name, command: 'sh', env },
  args: ['-c', 'rm -rf "$XDG_STATE_HOME" "$XDG_CACHE_HOME"; exec "$@"', 'sh', ...words],
});

const building = (name: string, directory: string, ...flags: string[]): Candidate =>
  afresh(name, os('build', address, '--source', directory, '--no-cache', ...flags));

async function measureUnchanged(): Promise<{ row: Row; sentBytes: number }> {
  const hello = path.resolve(import.meta.dirname, '../examples/hello');
  const words = os('push', address, '--source', hello, '--detach', '--json');
  const push = { name: 'os push, nothing changed', command: words[0] ?? '', args: words.slice(1), env };
  const [row] = await measure([push], 15);
  const said = execFileSync(push.command, push.args, { env: { ...process.env, ...env }, encoding: 'utf8' });
  const done = JSON.parse(said.trim().split('\n').at(-1) ?? '') as { outcome?: string; sentBytes?: number };
  if (row === undefined || done.outcome !== 'up-to-date') throw new Error(`not up to date: ${said}`);
  return { row, sentBytes: done.sentBytes ?? NaN };
}

async function measureLarge(): Promise<{ ours: Row; docker: Row }> {
  const directory = await makeLarge('large', 200_000_000);
  const host = `tcp://${address}:2377`;
  const theirs = ['docker', '-H', host, 'build', '--no-cache', '--tag', 'theirs', directory];
  const [ours, docker] = await measure(
    [building('os build, 200 MB', directory), afresh('docker build, 200 MB', theirs)],
    5,
  );
  if (ours === undefined || docker === undefined) throw new Error('nothing was measured');
  return { ours, docker };
}

async function measureHuge(): Promise<Row> {
  const [row] = await measure([building('os build, 1 GB', await makeLarge('huge', 1_000_000_000))], 1);
  if (row === undefined) throw new Error('nothing was measured');
  return row;
}

/** Steps that wait, as for a download: the engine has cores to spare. */
async function measureThree(): Promise<{ one: Row; three: Row }> {
  const services = { first: 3, second: 4, third: 5 };
  const directory = await makeProject('three', {
    'compose.yaml': `services:\n${Object.keys(services)
      .map(name => `  ${name}: {build: ${name}}\n`)
      .join('')}`,
    ...Object.fromEntries(
      Object.entries(services).map(([name, seconds]) => [
        `${name}/Dockerfile`,
        `FROM busybox\nRUN sleep ${seconds.toString()}\n`,
      ]),
    ),
  });
  const [one, three] = await measure(
    [
      building('the slowest of three services', directory, '--service', 'third'),
      building('three services', directory),
    ],
    3,
  );
  if (one === undefined || three === undefined) throw new Error('nothing was measured');
  return { one, three };
}

try {
  const unchanged = await measureUnchanged();
  const { one, three } = await measureThree();
  const { ours, docker } = await measureLarge();
  const huge = await measureHuge();
  report(
    'Pushing and building, against docker build: medians of interleaved runs',
    [unchanged.row, ours, docker, huge, one, three],
    [
      { what: 'a push that changes nothing', value: unchanged.row.wallMs, unit: 'ms', atMost: 300 },
      { what: 'context sent by it', value: unchanged.sentBytes / 1e6, unit: 'MB', atMost: 0 },
      {
        what: 'first build of 200 MB, time / docker build',
        value: ours.wallMs / docker.wallMs,
        unit: '×',
        atMost: 1.15,
      },
      {
        what: 'peak memory with a context of 1 GB',
        value: (huge.peakBytes ?? NaN) / 1e6,
        unit: 'MB',
        atMost: 150,
      },
      {
        what: 'three services / the slowest alone',
        value: three.wallMs / one.wallMs,
        unit: '×',
        atMost: 1.2,
      },
    ],
  );
} finally {
  await rm(folder, { recursive: true });
  if (given === undefined) emulator('rm', emulated);
}
