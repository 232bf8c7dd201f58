import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { usePushing } from '../support/pushing.ts';
import { runOs, type Ended } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';
import type { UsageEvent } from '../../src/top/usage.ts';

const compose = `name: tall
services:
  busy:
    {build: ., command: [sh, -c, 'while :; do :; done'], cpus: 0.3, stop_signal: SIGKILL, volumes: ['data:/data']}
  idle: {build: ., command: [sleep, '1000'], stop_signal: SIGKILL, mem_limit: 64m}
volumes: {data: {}}
`;

describe('a project that runs', function () {
  this.timeout(90_000);
  const { device, os, start, pushed } = usePushing();
  let project: Awaited<ReturnType<typeof openTempDirectory>>;
  before(async () => {
    project = await openTempDirectory();
    await makeTree(project.path, { 'compose.yaml': compose, Dockerfile: 'FROM busybox\n' });
    await pushed(project.path);
  });
  after(() => project[Symbol.asyncDispose]());
  const on = (command: string, ...rest: string[]): ReturnType<typeof os> =>
    os(command, device().address, ...rest, '--source', project.path);

  const usages = (stdout: string): UsageEvent[] =>
    stdout
      .split('\n')
      .filter(line => line.includes('"type":"usage"'))
      .map(line => JSON.parse(line) as UsageEvent);

  it('is measured by os top --once, from two samples: who is busy, who has a limit, and the host', async () => {
    const { code, stdout, stderr } = await on('top', '--once', '--json');
    assert.equal(code, 0, stderr);
    const [event, another] = usages(stdout);
    assert.ok(event !== undefined && another === undefined, stdout);
    const [busy, idle] = event.services;
    assert.ok((busy?.cpuPercent ?? 0) > 5, stdout);
    assert.ok((idle?.cpuPercent ?? 100) < 5, stdout);
    assert.equal(idle?.memoryLimitBytes, 64 * 1024 * 1024);
    assert.ok((event.host?.memoryTotalBytes ?? 0) > 0 && (event.host?.cpuPercent ?? 0) > 0, stdout);
    assert.match(stdout.trimEnd().split('\n').at(-1) ?? '', /"type":"done"/);
  });

  it('is shown as a table, one service where one is named; an unknown one is refused with those there are', async () => {
    const { stdout } = await on('top', 'idle', '--once');
    assert.match(stdout, /^SERVICE +CPU +MEMORY .*\n\(host\) .*\nidle +\d/);
    assert.doesNotMatch(stdout, /busy/);
    const refused = await on('top', 'nosuch', '--once');
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /it has busy, idle/);
  });

  it('is followed by os top once a second, also through SSH, until Ctrl-C, which ends it with 130', async () => {
    const args = ['top', device().address, '--json', '--via', 'ssh', '--source', project.path];
    const running = start(...args);
    await running.saying(/(?:"type":"usage".*\n[^]*){4}/);
    running.kill('SIGINT');
    const { code, stdout } = await running.ended;
    assert.equal(code, 130);
    assert.ok((usages(stdout).at(-1)?.services[0]?.cpuPercent ?? 0) > 5, stdout);
    // The loop on the host has ended with the connection.
    assert.equal((await device().ssh("pgrep -f 'os-top-[s]ample' || true")).stdout.trim(), '');
  });

  describe('for docker', () => {
    const docker = async (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> => {
      const child = spawn('docker', [...args], {
        env: { PATH: process.env['PATH'], HOME: project.path, DOCKER_CONFIG: config(), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [stdout, stderr, [code, signal]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
      ]);
      return { code, signal, stdout, stderr };
    };
    const config = (): string => path.join(project.path, 'docker');
    const context = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
      runOs(['context', device().address, ...args], {
        env: {
          ...{ HOME: project.path, XDG_STATE_HOME: project.path, SSH_AUTH_SOCK: undefined, SHELL: '/bin/sh' },
          ...{ DOCKER_CONFIG: config(), DOCKER_HOST: undefined, ...env },
        },
      });
    const names = ['ps', '--format', '{{.Names}}'];

    it('os context prints a line after which docker reaches the device', async () => {
      const { stdout, code } = await context([]);
      assert.equal(code, 0);
      assert.equal(stdout, `export DOCKER_HOST=tcp://${device().address}:2377\n`);
      const host = stdout.trim().split('=')[1] ?? '';
      assert.match((await docker(names, { DOCKER_HOST: host })).stdout, /tall-idle-1/);
    });

    it('--install makes the context that docker itself makes, and docker uses it', async () => {
      const ended = await context(['--install', '--name', 'kitchen', '--json']);
      assert.equal(ended.code, 0, ended.stdout + ended.stderr);
      const { result } = JSON.parse(ended.stdout) as { result: { file: string; host: string } };
      const ours = JSON.parse(await readFile(result.file, 'utf8')) as { Metadata: Record<string, unknown> };
      assert.match((await docker(['--context', 'kitchen', ...names])).stdout, /tall-idle-1/);
      const inspected = JSON.parse((await docker(['context', 'inspect', 'kitchen'])).stdout) as {
        Endpoints: unknown;
      }[];
      // Docker reads of ours what it writes of its own.
      await docker(['context', 'create', 'theirs', '--docker', `host=${result.host}`]);
      const theirs = JSON.parse((await docker(['context', 'inspect', 'theirs'])).stdout) as {
        Endpoints: unknown;
      }[];
      assert.deepEqual(inspected[0]?.Endpoints, theirs[0]?.Endpoints);
      assert.deepEqual(Object.keys(ours), ['Name', 'Metadata', 'Endpoints']);
      const removed = await context(['--remove', '--name', 'theirs']);
      assert.equal(removed.code, 2, removed.stdout);
      assert.equal((await context(['--remove'])).stdout, 'removed kitchen\n');
      assert.doesNotMatch((await docker(['context', 'ls'])).stdout, /kitchen/);
    });

    it('--use is refused where DOCKER_HOST would lead docker elsewhere, with the line that helps', async () => {
      const { code, stderr } = await context(['--install', '--use'], { DOCKER_HOST: 'tcp://192.0.2.1:2375' });
      assert.equal(code, 2);
      assert.match(stderr, /unset DOCKER_HOST/);
      assert.doesNotMatch((await docker(['context', 'ls'])).stdout, /10-213/);
    });

    it('--via ssh leads a socket of this machine to the engine, for thirty calls at once, until Ctrl-C', async () => {
      const running = start('context', device().address, '--via', 'ssh');
      await running.saying(/until Ctrl-C/);
      const socket = /unix:\/\/\S+/.exec(running.stdout())?.[0] ?? '';
      const env = { DOCKER_HOST: socket };
      const calls = await Promise.all(Array.from({ length: 30 }, () => docker(names, env)));
      assert.deepEqual(
        calls.filter(it => it.code !== 0).map(it => it.stderr),
        [],
      );
      const piped = await docker(['exec', 'tall-idle-1', 'sh', '-c', 'echo in; exit 3'], env);
      assert.deepEqual([piped.stdout, piped.code], ['in\n', 3]);
      running.kill('SIGINT');
      assert.equal((await running.ended).code, 130);
    });
  });

  it('loses exactly its own volumes to os purge, which names them and needs --yes where nobody can be asked', async () => {
    const volumes = async (): Promise<string[]> => {
      const { Volumes } = (await device().engine('/volumes')) as { Volumes: { Name: string }[] };
      return Volumes.map(it => it.Name).sort();
    };
    // A bystander: another project, whose name begins alike.
    const other = await openTempDirectory();
    await makeTree(other.path, {
      'compose.yaml': compose.replace('name: tall', 'name: tall_er'),
      Dockerfile: 'FROM busybox\n',
    });
    await pushed(other.path);
    assert.deepEqual(await volumes(), ['tall_data', 'tall_er_data']);
    const refused = await on('purge');
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /loses the volumes tall_data with all .* containers tall-busy-1: confirm it/,
    );
    assert.deepEqual(await volumes(), ['tall_data', 'tall_er_data']);
    const { stdout, code } = await on('purge', '--yes', '--time', '0');
    assert.equal(code, 0);
    assert.equal(stdout, 'removed container tall-busy-1\nremoved volume tall_data\n');
    assert.deepEqual(await volumes(), ['tall_er_data']);
    const { stdout: left } = await os('ps', device().address, '--all', '--json');
    assert.match(left, /"container":"tall-idle-1"/);
    assert.match(left, /"container":"tall_er-busy-1"/);
    await other[Symbol.asyncDispose]();
  });
});
