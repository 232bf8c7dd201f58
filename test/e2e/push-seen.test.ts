import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { deviceEnvironment } from '../support/emulated-device.ts';
import { assertKnownEvents } from '../support/event-schema.ts';
import { screenOf } from '../support/fake-output.ts';
import { eventsOf, usePushing } from '../support/pushing.ts';
import { root, type Ended } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { lineOf, openTerminal, type TestTerminal } from '../support/terminal.ts';
import { makeTree } from '../support/tree.ts';

const runHead = (line: string): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)('bash', ['--norc', '-c', line], {
    env: { ...process.env, ...deviceEnvironment(), NODE_ENV: undefined, DEBUG: undefined },
  });

describe('what is seen of os push', function () {
  this.timeout(90_000);
  const { device, os, start, push, containers } = usePushing();

  /** A shell that runs `os` on a terminal, and that Ctrl-C does not end. */
  const onTerminal = (
    command: string,
    directory: string,
    flags: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
  ): Promise<TestTerminal> => {
    const program = [process.execPath, path.join(root, 'bin/run.js')];
    const line = lineOf([...program, command, device().address, '-s', directory, ...flags]);
    return openTerminal(`trap : INT; ${line}; echo ended with $?`, {
      ...{ ...process.env, ...deviceEnvironment() },
      ...{ NODE_ENV: undefined, CI: undefined, TERM: 'xterm-256color', NO_COLOR: '1', ...env },
    });
  };
  const screen = (terminal: TestTerminal): string[] => screenOf(terminal.shown(), 100);

  const noisy = {
    'compose.yaml': 'name: seen\nservices:\n  web: {build: web, init: true}\n  db: {build: db, init: true}\n',
    'web/Dockerfile':
      'FROM busybox\nRUN for i in $(seq 100 400); do echo "line $i"; done\nRUN sleep 3\nCMD ["sleep", "1000"]\n',
    'db/Dockerfile': 'FROM busybox\nRUN sleep 2\nCMD ["sleep", "1000"]\n',
  };

  it('on a terminal is a line a service with its step and the time it takes, below what is over', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, noisy);
    await using terminal = await onTerminal('push', project.path, ['--detach']);
    await terminal.until(/web \| step 3\/4 RUN sleep 3 +[1-9]\d* s/);
    await terminal.until(/db {2}\| step 2\/3 RUN sleep 2 +[1-9]\d* s/);
    await terminal.until(/\d of 2 images ready +[1-9]\d* s/);
    await terminal.until(/ended with 0/);
    const lines = screen(terminal);
    assert.deepEqual(
      lines.filter(line => /line \d+$/.test(line)),
      Array.from({ length: 301 }, (_, i) => `web | [2/4] line ${(100 + i).toString()}`),
    );
    assert.ok(
      lines.some(line => /^web \| step 3\/4: RUN sleep 3 \(\d.* s\)$/.test(line)),
      lines.join('\n'),
    );
    assert.ok(!lines.some(line => /images ready|step 3\/4 RUN/.test(line)), lines.join('\n'));
    assert.doesNotMatch(terminal.shown(), /\x1b\[\?25l/); // eslint-disable-line no-control-regex -- the cursor
  });

  it('is plain lines on a terminal that cannot be drawn on, and where a machine records it', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, { Dockerfile: 'FROM busybox\nRUN sleep 1\n' });
    for (const env of [{ TERM: 'dumb' }, { CI: 'true' }]) {
      await using terminal = await onTerminal('build', project.path, ['--no-cache'], env);
      await terminal.until(/ended with 0/);
      assert.match(terminal.shown(), /main \| step 2\/2: RUN sleep 1\r\n/);
      assert.doesNotMatch(terminal.shown(), /\x1b\[\d*[FJK]/); // eslint-disable-line no-control-regex -- drawing
    }
  });

  it('ends with the whole of what the failing step printed, although others printed in between', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, {
      'compose.yaml': 'name: failing\nservices:\n  bad: {build: bad}\n  other: {build: other}\n',
      'bad/Dockerfile':
        'FROM busybox\nRUN echo of another step\nRUN for i in $(seq 100 250); do echo "line $i"; done; sleep 2; echo why >&2; exit 3\n',
      'other/Dockerfile': 'FROM busybox\nRUN for i in $(seq 1 1000); do echo "noise $i"; sleep 0.01; done\n',
    });
    await using terminal = await onTerminal('push', project.path, ['--detach']);
    await terminal.until(/ended with 5/);
    const lines = screen(terminal);
    const failure = lines.slice(lines.findIndex(line => line.startsWith('os: the build of bad fails')));
    assert.deepEqual(failure.slice(failure.indexOf('      line 100')), [
      ...Array.from({ length: 151 }, (_, i) => `      line ${(100 + i).toString()}`),
      '      why',
      'ended with 5',
    ]);
    assert.ok(!failure.join().includes('of another step'));
  });

  it('leaves nothing half-drawn when Ctrl-C ends it, and says what that means', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, { Dockerfile: 'FROM busybox\nRUN sleep 300\n' });
    await using terminal = await onTerminal('push', project.path, ['--project', 'stopped']);
    await terminal.until(/step 2\/2 RUN sleep 300 +[1-9]\d* s/);
    terminal.type('\x03');
    await terminal.until(/ended with 130/);
    assert.deepEqual(screen(terminal).slice(-3), [
      'main | step 2/2: RUN sleep 300',
      'stopped; push again to continue',
      'ended with 130',
    ]);
  });

  it('is one line about a supervisor that runs on the device, which is left alone', async () => {
    const { address } = device();
    const started = await device().ssh(
      'docker tag busybox balena/amd64-supervisor:v18.2.2 && docker run -d --init --name balena_supervisor --label io.balena.supervised=true balena/amd64-supervisor:v18.2.2 sleep 1000',
    );
    assert.equal(started.code, 0, started.stderr);
    await using project = await openTempDirectory();
    await makeTree(project.path, {
      'compose.yaml': 'name: beside\nservices:\n  web: {image: busybox, init: true, command: sleep 1000}\n',
    });
    const args = ['push', address, '-s', project.path, '--detach'];
    const told = (await os(...args)).stderr.split('\n').filter(line => line.includes('supervisor'));
    assert.equal(told.length, 1, told.join('\n'));
    assert.match(
      told.join(),
      /^balena_supervisor runs here and does not answer: it leaves what is pushed alone; see why: os services DEVICE supervisor --logs$/,
    );
    const again = await os(...args);
    assert.equal(again.code, 0, again.stderr);
    assert.doesNotMatch(again.stderr, /supervisor/);
    await os('push', address, '-s', project.path, '--detach', '--remove-orphans');
    await os('down', address, '-s', project.path, '--volumes');
    await os('clean', address);
    const state = await device().ssh('docker inspect -f {{.State.Status}} balena_supervisor');
    assert.equal(state.stdout, 'running\n');
    await device().ssh('docker rm -f balena_supervisor');
  });

  it('is for scripts what the schema says: a push that goes well, its logs and edits, a failing build, a crash', async () => {
    await using project = await openTempDirectory();
    const tell = async (what: Promise<Ended>, code: number): Promise<string[]> => {
      const ended = await what;
      assert.equal(ended.code, code, ended.stdout + ended.stderr);
      assertKnownEvents(eventsOf(ended));
      return eventsOf(ended).map(({ type }) => type);
    };
    const write = (dockerfile: string): Promise<void> =>
      makeTree(project.path, {
        'compose.yaml':
          'name: told\nservices:\n  web: {build: ., init: true, ports: ["8090:80"], volumes: ["v:/v"]}\nvolumes: {v: {}}\n',
        Dockerfile: dockerfile,
      });
    await write('FROM busybox\nRUN echo hi\nCMD ["sh", "-c", "echo up; sleep 1000"]\n');
    const told = ['planned', 'upload', 'build-step', 'build-output', 'built', 'service', 'url', 'done'];
    const types = await tell(push(project.path, '--no-cache'), 0);
    assert.deepEqual(
      told.filter(type => !types.includes(type)),
      [],
    );
    const flags = [device().address, '-s', project.path, '--json'];
    assert.deepEqual(await tell(os('logs', ...flags), 0), ['log', 'done']);
    const live = start('push', ...flags, '--verbose');
    await live.saying(/"in-sync"/);
    live.kill('SIGINT');
    assert.equal((await tell(live.ended, 130)).at(-1), 'error');
    await write('FROM busybox\nRUN echo no; exit 1\n');
    assert.deepEqual((await tell(push(project.path), 5)).slice(-2), ['build-failed', 'error']);
    await write('FROM busybox\nCMD ["sh", "-c", "echo crashed; exit 3"]\n');
    assert.equal((await tell(push(project.path), 6)).at(-1), 'error');
    await tell(os('plan', ...flags), 0);
  });

  it('ends with 141 and no stack trace when its reader goes away; services and lock are as they were', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, {
      'compose.yaml': 'name: piped\nservices:\n  web: {build: ., init: true}\n',
      Dockerfile: 'FROM busybox\nRUN sleep 1\nCMD ["sh", "-c", "while :; do echo tick; sleep 0.1; done"]\n',
    });
    const prepared = await push(project.path);
    assert.equal(prepared.code, 0, prepared.stdout);
    const before = await containers('piped');
    const commands = [
      ...['push', 'push --json', 'push --json --no-cache', 'live', 'live --json', 'logs --follow'],
      ...['logs --follow --json', 'build --json --no-cache'],
    ];
    for (const command of commands) {
      const [name = '', ...flags] = command.split(' ');
      const words = [path.join(root, 'bin/run.js'), name, device().address, '-s', project.path, ...flags];
      const line = `${process.execPath} ${words.join(' ')} | head -1 >/dev/null; echo "\${PIPESTATUS[0]}"`;
      const ended = await runHead(line);
      assert.equal(ended.stdout, '141\n', `${command}: ${ended.stderr}`);
      assert.doesNotMatch(ended.stderr, /^ +at |EPIPE/m);
    }
    const ids = (list: readonly { Id: string; State: string }[]): string[] =>
      list.map(it => `${it.Id} ${it.State}`);
    assert.deepEqual(ids(await containers('piped')), ids(before));
    assert.doesNotMatch(JSON.stringify(await device().engine('/volumes')), /"os-lock/);
  });
});
