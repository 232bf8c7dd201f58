// A command on a device, and bytes to and from it, against OpenSSH's own client.
// Usage: npm run bench -- ssh [ADDRESS[:PORT]]; without an address an emulated device is booted, and removed at the end.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { measure, type Candidate, type Row } from './measure.ts';
import { report } from './report.ts';

const rounds = 9;
const megabytes = 100;
const run = path.resolve(import.meta.dirname, '../bin/run.js');
const emulated = 'ssh-bench';

/** Runs `os emulator`, and returns its result. */
function emulator(...args: string[]): { device: { address: string } } {
  const stdout = execFileSync(process.execPath, [run, 'emulator', ...args, '--json'], { encoding: 'utf8' });
  return (JSON.parse(stdout) as { result: { device: { address: string } } }).result;
}

const given = process.argv.slice(2).find(word => !word.startsWith('-'));
const [address = '', port = '22222'] = (
  given ?? emulator('up', emulated, '--supervisor', 'none').device.address
).split(':');
const folder = await mkdtemp(path.join(tmpdir(), 'os-bench-ssh-'));
const stateDirectory = path.join(folder, 'state');
const zeros = path.join(folder, 'zeros');

/** `command` on the device by `client`, started by a shell: `before` goes first, `redirection` last. */
function candidate(
  client: 'os' | 'ssh',
  what: string,
  command: string,
  { before = '', redirection = '' } = {},
): Candidate {
  const words =
    client === 'os'
      ? [process.execPath, run, 'ssh', `${address}:${port}`, '--', command]
      : [
          'ssh',
          ...['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'].flatMap(each => [
            '-o',
            each,
          ]),
          ...['-p', port, `root@${address}`, '--', command],
        ];
  return {
    name: `${client}: ${what}`,
    command: 'sh',
    args: ['-c', `${before} exec "$@" ${redirection}`, 'sh', ...words],
    env: { XDG_STATE_HOME: stateDirectory },
  };
}

try {
  await writeFile(zeros, Buffer.alloc(megabytes * 1024 * 1024));
  const sides = ['os', 'ssh'] as const;
  const rows: Row[] = [];
  const ratios: number[] = [];
  for (const [what, command, shell] of [
    ['true, known device', 'true', {}],
    ['true, first meeting', 'true', { before: 'rm -rf "$XDG_STATE_HOME";' }],
    [`${megabytes.toString()} MiB in`, 'cat >/dev/null', { redirection: `<${zeros}` }],
    [
      `${megabytes.toString()} MiB out`,
      `head -c ${megabytes.toString()}M /dev/zero`,
      { redirection: '>/dev/null' },
    ],
  ] as const) {
    const [ours, yardstick] = await measure(
      sides.map(client => candidate(client, what, command, shell)),
      rounds,
    );
    if (ours === undefined || yardstick === undefined) throw new Error('nothing was measured');
    rows.push(ours, yardstick);
    ratios.push(ours.wallMs / yardstick.wallMs);
  }
  const [known = NaN, first = NaN, into = NaN, out = NaN] = ratios;
  const peakBytes = Math.max(...rows.filter(row => row.name.startsWith('os')).map(row => row.peakBytes ?? 0));
  report(`os ssh against OpenSSH's ssh: medians of ${rounds.toString()} interleaved runs`, rows, [
    { what: 'true on a known device, time / ssh', value: known, unit: '×', atMost: 2 },
    { what: 'true at the first meeting, time / ssh', value: first, unit: '×', atMost: 2 },
    { what: 'through stdin, throughput / ssh', value: 1 / into, unit: '×', atLeast: 0.5 },
    { what: 'through stdout, throughput / ssh', value: 1 / out, unit: '×', atLeast: 0.5 },
    { what: 'peak memory of os ssh', value: peakBytes / 1e6, unit: 'MB', atMost: 120 },
  ]);
} finally {
  await rm(folder, { recursive: true });
  if (given === undefined) emulator('rm', emulated);
}
