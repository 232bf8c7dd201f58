import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { LogEvent } from '../../src/logs/log-line.ts';
import { eventually } from '../support/eventually.ts';
import { usePushing, type RunningOs } from '../support/pushing.ts';
import { root } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

/** Counts up to the end of its container; a container that was made anew begins at 1 again. */
const counter =
  '[ $VALUE = 1 ] || echo made anew >&2; i=0; while true; do i=$((i+1)); echo "count $i"; echo "oops $i" >&2; sleep 0.2; done';

const compose = (value: string): string => `name: talking
services:
  web:
    image: busybox
    restart: always
    init: true
    environment: {VALUE: '${value}'}
    command: ["sh", "-c", ${JSON.stringify(counter.replaceAll('$', '$$$$'))}]
  other:
    image: busybox
    restart: always
    init: true
    command: ["sh", "-c", "printf 'a\\\\033[31mred\\\\033[2J\\\\tb\\\\n'; sleep 1000"]
`;

describe('os logs', function () {
  this.timeout(90_000);
  const { device, os, start, pushed, containers } = usePushing();
  let project: Awaited<ReturnType<typeof openTempDirectory>>;
  before(async () => {
    project = await openTempDirectory();
    await makeTree(project.path, { 'compose.yaml': compose('1') });
    await pushed(project.path);
  });
  after(async () => {
    await project[Symbol.asyncDispose]();
  });
  const logs = (...flags: string[]): RunningOs =>
    start('logs', device().address, ...flags, '--source', project.path);

  it('prints what a service says, its stdout and stderr apart', async () => {
    const { code, stdout, stderr } = await logs('web').ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^count 1\ncount 2\n/);
    assert.match(stderr, /^oops 1\noops 2\n/);
  });

  it('keeps little in memory while nobody takes what it prints, attached to a push too, and ends when told to', async () => {
    await using chatty = await openTempDirectory();
    const line = 'x'.repeat(100);
    await makeTree(chatty.path, {
      'compose.yaml': `name: chatty
services:
  web:
    image: busybox
    init: true
    command: ["sh", "-c", "while true; do yes ${line} | head -n 5000; sleep 0.1; done"]
    logging: {driver: json-file}
`,
    });
    await pushed(chatty.path);
    const begin = (...args: string[]): ChildProcess =>
      spawn(
        process.execPath,
        [path.join(root, 'bin/run.js'), ...args, device().address, '--source', chatty.path],
        {
          cwd: chatty.path,
          env: { ...process.env, HOME: chatty.path, XDG_STATE_HOME: chatty.path },
          stdio: ['ignore', 'pipe', 'ignore'],
        },
      );
    // Nobody reads their stdout.
    const running = [begin('logs', '--follow'), begin('push')];
    const ended = running.map(it => once(it, 'close') as Promise<[number | null, NodeJS.Signals | null]>);
    const [container] = await containers('chatty');
    const said = (): Promise<{ stdout: string }> =>
      device().ssh(`stat -c %s /var/lib/docker/containers/${container?.Id ?? ''}/*-json.log`);
    await eventually(async () => assert.ok(Number((await said()).stdout) > 100e6), 120_000);
    for (const { pid } of running) {
      const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
      const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
      assert.ok(kilobytes < 130_000, `${kilobytes.toString()} kB`);
    }
    for (const it of running) it.kill('SIGTERM');
    for (const end of ended) assert.deepEqual(await end, [143, null]);
    await os('down', device().address, '--source', chatty.path);
  });

  it('prints several services with their names, and no control sequences', async () => {
    const { stdout } = await logs('--tail', '2').ended;
    assert.match(stdout, /^other \| ared\tb$/m);
    assert.match(stdout, /^web {3}\| count \d+$/m);
  });

  it('prints the lines of several services in the order in which they were said', async () => {
    await using both = await openTempDirectory();
    const say = 'for i in 1 2 3 4 5; do echo $$NAME $$i; sleep 0.1; done; sleep 1000';
    const service = (name: string): string =>
      `  ${name}: {image: busybox, init: true, environment: {NAME: ${name}}, command: ["sh", "-c", "${say}"]}\n`;
    await makeTree(both.path, {
      'compose.yaml': `name: chatting\nservices:\n${service('a')}${service('b')}`,
    });
    await pushed(both.path);
    const timesOf = ({ stdout }: { stdout: string }): string[] => {
      const times = stdout.split('\n').flatMap(line => /^[ab] \| (\S+Z) /.exec(line)?.[1] ?? []);
      assert.ok(times.length >= 10, stdout);
      return times;
    };
    const flags = ['logs', device().address, '--source', both.path, '--timestamps'];
    const once = timesOf(await os(...flags));
    assert.deepEqual(once, [...once].sort());
    const following = start(...flags, '--follow');
    await following.saying(/a \| \S+ a 5[^]*b 5|b \| \S+ b 5[^]*a 5/);
    following.kill('SIGINT');
    assert.deepEqual(timesOf(await following.ended), once);
  });

  it('goes on without a gap or a duplicate when the engine is started again and the container made anew', async () => {
    const following = logs('web', '--follow', '--json');
    await following.saying(/"count 5"/);
    await device().ssh('systemctl restart balena');
    await following.saying(/"restored"/);
    await eventually(async () => {
      await device().engine('/_ping');
    });
    await makeTree(project.path, { 'compose.yaml': compose('2') });
    await pushed(project.path);
    await following.saying(/made anew[^]*"count 3"/);
    following.kill('SIGINT');
    const { code, stdout } = await following.ended;
    assert.equal(code, 130);
    const events = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as LogEvent);
    const counts = events.flatMap(event =>
      event.type === 'log' && event.stream === 'stdout' ? [Number(event.text.split(' ')[1])] : [],
    );
    const expected = counts.map((count, i) => (i === 0 ? 1 : count === 1 ? 1 : (counts[i - 1] ?? 0) + 1));
    assert.deepEqual(counts, expected);
    assert.ok(
      counts.filter(count => count === 1).length >= 2,
      'the new container is read from its beginning',
    );
  });

  it("prints the host's journal with --system", async () => {
    const { code, stdout } = await logs('--system', '--tail', '5').ended;
    assert.equal(code, 0);
    assert.equal(stdout.trim().split('\n').length, 5);
  });

  it('prints the services that are named beside the journal of the host, in order of time', async () => {
    const shown = ['--system', '--unit', 'balena', '--tail', '3', '--timestamps'];
    const { code, stdout, stderr } = await logs('web', ...shown).ended;
    assert.equal(code, 0, stderr);
    const lines = stdout.trim().split('\n');
    assert.deepEqual(
      ['count', 'balena'].map(word => lines.some(line => line.includes(word))),
      [true, true],
      stdout,
    );
    const times = lines.flatMap(line => /\d{4}-\d\d-\d\dT\S+/.exec(line) ?? []);
    assert.equal(times.length, lines.length);
    assert.deepEqual(times, times.toSorted());
  });

  it('ends with 2 on a time that is none', async () => {
    const { code, stderr } = await os('logs', device().address, '--since', 'soon', '--source', path.sep);
    assert.equal(code, 2, stderr);
  });

  it('names the service that is not there, and those that are', async () => {
    const ended = await os('logs', device().address, 'wbe', '--source', project.path);
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /no service wbe of the project talking\n +it has other, web\n/);
  });
});
