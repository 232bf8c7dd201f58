// Copies to a device: one large file and many small ones, to its host against scp and rsync, and to a container against
// `docker cp`; then a setting and a diagnosis as whole processes, and the memory of further commands.
// Usage: npm run bench -- cp; an emulated device is booted, and removed at the end.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { measure, type Candidate, type Row } from './measure.ts';
import { bootDevice, os } from './push/setting.ts';
import { report, type Claim } from './report.ts';
import { openRsync, rsyncOnDevice } from './yardsticks/rsync.ts';

const largeBytes = 200_000_000;
const manyFiles = 5000;
const fileBytes = 4000;

using device = bootDevice('cp-bench');
const { address } = device;
const folder = await mkdtemp(path.join(tmpdir(), 'os-bench-cp-'));
const ssh = 'ssh -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR';
const onDevice = (script: string): string =>
  execFileSync('sh', ['-c', `${ssh} -p 22222 "root@$1" "$2"`, 'sh', address, script], { encoding: 'utf8' });
const env = { XDG_STATE_HOME: path.join(folder, 'state'), OS_DEVICE: undefined };

/** Each takes `source` to a place of its own, which is empty before. */
function copiesOf(what: string, source: string): { host: Candidate[]; service: Candidate[] } {
  const [command = '', ...args] = os('cp', source);
  const clear = (script: string) => (): Promise<void> => {
    onDevice(script);
    return Promise.resolve();
  };
  const clearHost = clear('rm -rf /mnt/data/to; mkdir /mnt/data/to');
  const clearService = clear('docker exec web sh -c "rm -rf /to; mkdir /to"');
  const bySh = (name: string, script: string, before: () => Promise<void>): Candidate => ({
    name: `${name}, ${what}`,
    command: 'sh',
    args: ['-c', script, 'sh', source, address],
    env,
    before,
  });
  const ours = (name: string, to: string, before: () => Promise<void>): Candidate => ({
    name: `${name}, ${what}`,
    command,
    args: [...args, `${address}:${to}`, '--quiet'],
    env,
    before,
  });
  return {
    host: [
      ours('os cp to the host', '/mnt/data/to/', clearHost),
      bySh('scp', `scp -q -r ${ssh.replace('ssh ', '')} -P 22222 "$1" "root@$2:/mnt/data/to/"`, clearHost),
      bySh(
        'rsync',
        `rsync -a --whole-file --rsync-path '${rsyncOnDevice}' -e '${ssh} -p 22222' "$1" "root@$2:/mnt/data/to/"`,
        clearHost,
      ),
    ],
    service: [
      ours('os cp to a service', 'web:/to/', clearService),
      bySh('docker cp', 'docker -H "tcp://$2:2377" cp -q "$1" web:/to/', clearService),
    ],
  };
}

/** Time of the best of the others / ours. */
function ratioOf([ours, ...others]: readonly Row[]): number {
  if (ours === undefined) throw new Error('nothing was measured');
  return Math.min(...others.map(({ wallMs }) => wallMs)) / ours.wallMs;
}

try {
  using _rsync = openRsync(address, folder);
  onDevice(`
    until docker image inspect busybox > /dev/null 2>&1; do sleep 1; done
    docker run --detach --init --name web --label com.docker.compose.project=bench \
      --label com.docker.compose.service=web busybox sleep 100000`);
  const large = path.join(folder, 'large');
  await writeFile(large, randomBytes(largeBytes));
  const many = path.join(folder, 'many');
  await mkdir(many);
  for (let i = 0; i < manyFiles; i++) await writeFile(path.join(many, i.toString()), randomBytes(fileBytes));
  const rows: Row[] = [];
  const claims: Claim[] = [];
  for (const [what, source, atLeast] of [
    ['200 MB', large, 0.8],
    ['5,000 files', many, 1],
  ] as const)
    for (const [where, candidates] of Object.entries(copiesOf(what, source))) {
      const measured = await measure(candidates, 3);
      rows.push(...measured);
      claims.push({
        what: `${what} to the ${where}: the best other way / os cp`,
        value: ratioOf(measured),
        unit: '×',
        atLeast,
      });
      const peakBytes = measured[0]?.peakBytes ?? NaN;
      claims.push({ what: 'peak memory', value: peakBytes / 1e6, unit: 'MB', atMost: 120 });
    }
  const words = (name: string, ...args: readonly string[]): Candidate => {
    const [command = '', ...rest] = os(...args);
    return { name, command, args: rest, env };
  };
  onDevice(`head -c ${largeBytes.toString()} /dev/urandom >/mnt/data/large`);
  const [setting, diagnosis, ...others] = await measure(
    [
      // Another value each time.
      {
        name: 'os config set',
        command: 'sh',
        args: [
          '-c',
          'exec "$@" "10.0.0.$(shuf -i 1-250 -n 1)"',
          'sh',
          ...os('config', 'set', '--on', address, 'ntpServers'),
        ],
        env,
      },
      words('os doctor', 'doctor', address),
      words('os services', 'services', address),
      words('os network list', 'network', 'list', '--on', address),
      words('os logs --system', 'logs', address, '--system'),
      words('os top --once', 'top', address, '--once'),
      words('os context', 'context', address),
      words(
        'os cp from the host',
        'cp',
        `${address}:/mnt/data/large`,
        path.join(folder, 'back'),
        '--force',
        '--quiet',
      ),
    ],
    3,
  );
  if (setting === undefined || diagnosis === undefined) throw new Error('nothing was measured');
  report(
    'Copies to a device, and its host: medians of interleaved runs',
    [...rows, setting, diagnosis, ...others],
    [
      ...claims,
      { what: 'os config set', value: setting.wallMs, unit: 'ms', atMost: 600 },
      { what: 'os doctor', value: diagnosis.wallMs, unit: 'ms', atMost: 1500 },
      ...[setting, diagnosis, ...others].map(({ name, peakBytes }): Claim => ({
        what: `peak memory of ${name}`,
        value: (peakBytes ?? NaN) / 1e6,
        unit: 'MB',
        atMost: 120,
      })),
    ],
  );
} finally {
  await rm(folder, { recursive: true });
}
