// Pushes and builds on a device, against Docker's own client and its classic builder.
// Usage: npm run bench -- push [ADDRESS]; without an address an emulated device is booted, and removed at the end.
import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { measure, type Candidate, type Row } from './measure.ts';
import { measureBuiltHere } from './push/built-here.ts';
import { measureDeltas } from './push/deltas.ts';
import { measureAfterEdits } from './push/live-edits.ts';
import { openSetting, os } from './push/setting.ts';
import { measureSlowLink } from './push/slow-link.ts';
import { measureSupervised } from './push/supervised.ts';
import { report } from './report.ts';

const given = process.argv.slice(2).find(word => !word.startsWith('-'));
const setting = await openSetting(given);
const { address, env, folder, makeProject } = setting;

/** A context of `bytes`, all of it copied into the image. */
const makeLarge = (name: string, bytes: number): Promise<string> =>
  setting.makeLarge(name, bytes, { Dockerfile: 'FROM busybox\nCOPY . /data\n' });

/** As on the first day: nothing of the context is remembered here, and nothing cached there. */
const afresh = (name: string, words: readonly string[]): Candidate => ({
  name,
  command: 'sh',
  env,
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
  const theirs = ['docker', '-H', setting.host, 'build', '--no-cache', '--tag', 'theirs', directory];
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
  const deltas = await measureDeltas(setting);
  const edited = await measureAfterEdits(setting);
  const slow = await measureSlowLink(setting);
  const builtHere = await measureBuiltHere(setting);
  const supervised = await measureSupervised(setting);
  report(
    'Pushing and building, against docker build: medians of interleaved runs',
    [
      unchanged.row,
      ours,
      docker,
      huge,
      one,
      three,
      ...deltas.rows,
      ...edited.rows,
      ...slow.rows,
      ...builtHere.rows,
      ...supervised.rows,
    ],
    [
      { what: 'a push that changes nothing', value: unchanged.row.wallMs, unit: 'ms', atMost: 130 },
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
      ...deltas.claims,
      ...edited.claims,
      ...slow.claims,
      ...builtHere.claims,
      ...supervised.claims,
    ],
  );
} finally {
  await rm(folder, { recursive: true });
  setting.end();
}
