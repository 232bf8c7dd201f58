// Ports of a device, against OpenSSH's own `ssh -L`: bytes through one connection, and one connection after another.
// Usage: npm run bench -- reach [--connections N]; an emulated device is booted, and removed at the end.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { measure, type Candidate, type Row } from './measure.ts';
import { report } from './report.ts';

const rounds = 3;
const megabytes = 200;
const asked = process.argv.indexOf('--connections');
const connections = asked === -1 ? 1000 : Number(process.argv[asked + 1]);
const run = path.resolve(import.meta.dirname, '../bin/run.js');
const client = path.resolve(import.meta.dirname, 'yardsticks/http-client.mjs');
const emulated = 'reach-bench';
const sshOptions = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
const sshArgs = ['-F', 'none', '-p', '22222', ...sshOptions.flatMap(option => ['-o', option])];

function emulator(...args: string[]): { device: { address: string } } {
  const stdout = execFileSync(process.execPath, [run, 'emulator', ...args, '--json'], { encoding: 'utf8' });
  return (JSON.parse(stdout) as { result: { device: { address: string } } }).result;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>(resolve => {
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await sleep(50);
  }
}

/** The most memory that a process has had, in bytes. */
const peakOf = ({ pid = 0 }: ChildProcess): number =>
  Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid.toString()}/status`, 'utf8'))?.[1]) * 1024;

const { address } = emulator('up', emulated, '--supervisor', 'none').device;
const folder = await mkdtemp(path.join(tmpdir(), 'os-bench-reach-'));
const started: ChildProcess[] = [];
const onDevice = (script: string): string =>
  execFileSync('ssh', [...sshArgs, `root@${address}`, script], { encoding: 'utf8' }).trim();
const start = (command: string, args: readonly string[]): ChildProcess => {
  const child = spawn(command, args, {
    stdio: 'ignore',
    env: { ...process.env, XDG_STATE_HOME: folder, NODE_OPTIONS: undefined },
  });
  started.push(child);
  return child;
};

try {
  const container = onDevice(`
    until docker image inspect busybox > /dev/null 2>&1; do sleep 1; done
    docker run --detach --init --name web --label com.docker.compose.project=bench \
      --label com.docker.compose.service=web --publish 8080:80 busybox sh -c \
      'mkdir /www; dd if=/dev/zero of=/www/big bs=1M count=${megabytes.toString()}; echo small > /www/small; exec httpd -f -h /www' > /dev/null
    docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' web`);
  const [host, service, sshHost, sshService] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const ours = start(process.execPath, [
    run,
    ...['tunnel', address, `8080:${host.toString()}`, `web:80:${service.toString()}`],
  ]);
  start('ssh', [
    ...sshArgs,
    ...['-N', '-L', `127.0.0.1:${sshHost.toString()}:127.0.0.1:8080`],
    ...['-L', `127.0.0.1:${sshService.toString()}:${container}:80`, `root@${address}`],
  ]);
  for (const port of [host, service, sshHost, sshService]) await untilListening(port);

  const candidate = (name: string, port: number, page: string, count: number): Candidate => ({
    name,
    command: process.execPath,
    args: [client, port.toString(), page, count.toString()],
  });
  const rows: Row[] = [];
  const ratios: number[] = [];
  for (const [what, our, their, page, count] of [
    [`${megabytes.toString()} MiB from a service`, service, sshService, '/big', 1],
    [`${connections.toString()} connections to the host`, host, sshHost, '/small', connections],
    [`${connections.toString()} connections to a service`, service, sshService, '/small', connections],
  ] as const) {
    const [mine, yardstick] = await measure(
      [candidate(`os tunnel: ${what}`, our, page, count), candidate(`ssh -L: ${what}`, their, page, count)],
      // A run of many connections is an average by itself.
      count === 1 ? rounds : 1,
      { warmUps: count === 1 ? 1 : 0, hasResources: false },
    );
    if (mine === undefined || yardstick === undefined) throw new Error('nothing was measured');
    rows.push(mine, yardstick);
    ratios.push(mine.wallMs / yardstick.wallMs);
  }
  const [bytes = NaN, toHost = NaN, toService = NaN] = ratios;
  report(
    `os tunnel against ssh -L: medians of ${rounds.toString()} interleaved runs, one of each row of connections`,
    rows,
    [
      { what: 'throughput / ssh -L', value: 1 / bytes, unit: '×', atLeast: 0.8 },
      {
        what: 'one connection after another to the host, time / ssh -L',
        value: toHost,
        unit: '×',
        atMost: 1,
      },
      {
        what: 'one connection after another to a service, time / ssh -L',
        value: toService,
        unit: '×',
        atMost: 1,
      },
      { what: 'peak memory of os tunnel', value: peakOf(ours) / 1e6, unit: 'MB', atMost: 120 },
    ],
  );
} finally {
  for (const child of started) {
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    if (child.exitCode === null) await ended;
  }
  await rm(folder, { recursive: true });
  emulator('rm', emulated);
}
