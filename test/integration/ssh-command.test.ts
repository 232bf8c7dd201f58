import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { useOpenSshServer, type OpenSshServer } from '../support/openssh-server.ts';
import { cleanEnvironment, outcomeOf, runOsSsh, startOsSsh, type Ended } from '../support/os-ssh.ts';

describe('os ssh with a command', function () {
  this.timeout(60_000);
  let server: OpenSshServer;
  let env: NodeJS.ProcessEnv;
  let device: string;
  const run = (args: readonly string[], input?: string | Buffer): Promise<Ended> =>
    runOsSsh([device, ...args], { env, ...(input === undefined ? {} : { input }) });

  useOpenSshServer(
    () => ({ isPasswordless: true }),
    async opened => {
      server = opened;
      env = cleanEnvironment(server.directory);
      device = `127.0.0.1:${server.port.toString()}`;
      // The first meeting is told on stderr, once.
      const { stderr } = await run(['--', 'true']);
      assert.match(stderr, /^trusting the SSH host key of \[127\.0\.0\.1\]:\d+ from now on: SHA256:\S+\n$/);
    },
  );

  const marker = (name: string): string => path.join(server.directory, name);

  it('keeps stdout clean, stderr apart, and ends with its status', async () => {
    const { status, stdout, stderr } = await run(['--', 'echo out; echo err >&2; exit 42']);
    assert.deepEqual(
      { status, stdout: stdout.toString(), stderr },
      { status: 42, stdout: 'out\n', stderr: 'err\n' },
    );
  });

  it('runs although nothing can be remembered, and says so', async () => {
    const file = marker('file');
    await writeFile(file, '');
    const { status, stdout, stderr } = await runOsSsh([device, '--', 'echo done'], {
      env: { ...env, XDG_STATE_HOME: file },
    });
    assert.deepEqual([status, stdout.toString()], [0, 'done\n'], stderr);
    assert.match(
      stderr,
      /^trusting the SSH host key of \S+ this once: SHA256:\S+\nit is not remembered: cannot write /,
    );
  });

  it('trusts nobody while the known host keys cannot be read', async () => {
    const state = marker('unreadable');
    await mkdir(path.join(state, 'os-cli/known_hosts'), { recursive: true });
    const { status, stderr } = await runOsSsh([device, '--', 'true'], {
      env: { ...env, XDG_STATE_HOME: state },
    });
    assert.equal(status, 2);
    assert.match(stderr, /^os: cannot read .*known_hosts: it is a directory\n/);
  });

  it('ends with 128 + n when signal n ended the command', async () => {
    assert.equal((await run(['--', 'kill -SEGV $$'])).status, 139);
  });

  it('passes any bytes through stdin and stdout', async () => {
    const data = randomBytes(20_000_000);
    const { status, stdout } = await run(['--', 'cat'], data);
    assert.equal(status, 0);
    const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    assert.equal(hash(stdout), hash(data));
  });

  it('hands several words over exactly as they are', async () => {
    const words = ['a b', "it's", '"', '', 'new\nline', '*', '$HOME', '\\', '--json', '-n', '--', 'é'];
    const { stdout } = await run(['--', 'printf', '%s\\0', ...words]);
    assert.deepEqual(stdout.toString().split('\0').slice(0, -1), words);
  });

  it('hands one word to the shell of the device', async () => {
    assert.equal((await run(['--', 'echo a b | wc -w'])).stdout.toString().trim(), '2');
  });

  it('takes the device from $OS_DEVICE when only a command is given', async () => {
    const { stdout } = await runOsSsh(['--', 'echo', 'here'], { env: { ...env, OS_DEVICE: device } });
    assert.equal(stdout.toString(), 'here\n');
  });

  it('reads no stdin with -n', async () => {
    assert.equal((await run(['-n', '--', 'wc -c'], 'unread')).stdout.toString().trim(), '0');
  });

  it('runs stdin as a script when no command is given and stdin is no terminal', async () => {
    const { status, stdout } = await run([], 'echo from the script\nexit 5\n');
    assert.deepEqual({ status, stdout: stdout.toString() }, { status: 5, stdout: 'from the script\n' });
  });

  it('ends quietly when the reader of its stdout goes away', async () => {
    const child = startOsSsh([device, '--', `yes; touch ${marker('went-on')}`], env);
    child.stdout.once('data', () => child.stdout.destroy());
    const [stderr, exit] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    assert.deepEqual({ stderr, exit }, { stderr: '', exit: [141, null] });
    await assert.rejects(access(marker('went-on')));
  });

  for (const [signal, status, name] of [
    ['SIGINT', 130, 'INT'],
    ['SIGTERM', 143, 'TERM'],
  ] as const)
    it(`passes ${signal} on to the command and ends with ${status.toString()}`, async () => {
      const command = `trap 'echo got ${name}; exit 9' ${name}; echo ready; while :; do sleep 0.1; done`;
      const child = startOsSsh([device, '--', command], env);
      child.stdout.once('data', () => child.kill(signal));
      const ended = await outcomeOf(child);
      assert.deepEqual(
        { status: ended.status, stdout: ended.stdout.toString() },
        { status, stdout: `ready\ngot ${name}\n` },
      );
    });

  it('leaves no command running that ignores the signal', async () => {
    const child = startOsSsh([device, '--', "trap '' INT; echo $$; while :; do sleep 0.1; done"], env);
    const [pid] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGINT');
    assert.equal((await outcomeOf(child)).status, 130);
    assert.throws(() => process.kill(Number(pid.toString()), 0), { code: 'ESRCH' });
  });

  it('collects everything in one JSON document with --json, and ends with the status', async () => {
    const { status, stdout } = await run(['--json', '--', 'cat; printf "\\377" >&2; exit 3'], 'text');
    assert.equal(status, 3);
    assert.deepEqual(JSON.parse(stdout.toString()), {
      ok: true,
      result: {
        status: 3,
        signal: null,
        stdout: 'text',
        stdoutEncoding: 'utf8',
        stderr: '/w==',
        stderrEncoding: 'base64',
      },
    });
  });

  it('refuses --json without a command as a usage error', async () => {
    const { status, stdout } = await run(['--json']);
    assert.equal(status, 2);
    assert.equal((JSON.parse(stdout.toString()) as { error: { code: string } }).error.code, 'usage');
  });

  it('gives a command a terminal with --tty', async () => {
    const { stdout } = await run(['--tty', '--', 'test -t 1 && echo terminal']);
    assert.equal(stdout.toString(), 'terminal\r\n');
  });

  it('says that the connection is lost, and ends with 10', async () => {
    const child = startOsSsh([device, '--', 'echo ready; sleep 60'], env);
    child.stdout.once('data', () => server.killConnections());
    const { status, stderr } = await outcomeOf(child);
    assert.equal(status, 10);
    assert.match(stderr, /^os: the connection to 127\.0\.0\.1 port \d+ is lost\n {4}\S/);
  });

  it('refuses a device whose host key changed, until --forget', async () => {
    server.replaceHostKey();
    let refused = await run(['--', 'true']);
    // sshd takes a moment to read its keys again.
    while (refused.status !== 4) refused = await run(['--', 'true']);
    assert.match(refused.stderr, /shows another SSH host key[^]*reset or flashed[^]*os ssh --forget/);
    const { status, stdout } = await run(['--forget']);
    assert.deepEqual(
      { status, stdout: stdout.toString() },
      { status: 0, stdout: `forgot the host key of ${device}\n` },
    );
    assert.equal((await run(['--', 'true'])).status, 0);
  });
});
