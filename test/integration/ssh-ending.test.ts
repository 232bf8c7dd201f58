import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { openTcp } from '../../src/net/tcp.ts';
import { trustOnFirstUse } from '../../src/ssh/connect/host-keys.ts';
import { openSshSession } from '../../src/ssh/connect/open-session.ts';
import { announcement, parseAnnouncement } from '../../src/ssh/process/command-identity.ts';
import { endCommand } from '../../src/ssh/process/end-command.ts';
import { signalCommand } from '../../src/ssh/process/signal-command.ts';
import type { RemoteCommand, SshSession } from '../../src/ssh/session.ts';
import { isProcessAlive, processIdentity, type ProcessIdentity } from '../../src/state/process-identity.ts';
import { openBystanders } from '../support/bystanders.ts';
import { openDropbearServer, whyNoDropbear } from '../support/dropbear-server.ts';
import { eventually } from '../support/eventually.ts';
import { openOpenSshServer, whyNoOpenSshServer } from '../support/openssh-server.ts';

interface Server extends AsyncDisposable {
  readonly port: number;
  readonly directory: string;
  readonly key?: string;
}

const openTo = ({ port, directory, key }: Server): Promise<SshSession> =>
  openSshSession({
    address: '127.0.0.1',
    port,
    openSocket: signal => openTcp('127.0.0.1', port, signal),
    hostKeyName: `[127.0.0.1]:${port.toString()}`,
    authentication: { identityFile: key, keyFiles: [], note: note => assert.fail(note) },
    hostKeys: trustOnFirstUse({ file: path.join(directory, 'known_hosts'), onTrusted: () => undefined }),
    signal: AbortSignal.timeout(60_000),
  });

/** The processes whose numbers a command prints first, `count` of them, one a line. */
async function startedBy(command: RemoteCommand, count: number): Promise<ProcessIdentity[]> {
  let printed = '';
  for await (const chunk of command.stdout.iterator({ destroyOnReturn: false })) {
    printed += (chunk as Buffer).toString();
    if (printed.split('\n').length > count) break;
  }
  command.stdout.resume();
  command.stderr.resume();
  return printed.trim().split('\n').slice(0, count).map(Number).map(processIdentity);
}

const areGone = (processes: readonly ProcessIdentity[]): Promise<void> =>
  eventually(() => assert.deepEqual(processes.filter(isProcessAlive), []));

const servers: [string, () => string | undefined, () => Promise<Server>][] = [
  ['OpenSSH', whyNoOpenSshServer, () => openOpenSshServer({ isPasswordless: true })],
  ["dropbear with busybox's shell", whyNoDropbear, openDropbearServer],
];

for (const [name, whyNot, openServer] of servers)
  describe(`a command that is ended over ${name}`, function () {
    this.timeout(60_000);
    let server: Server;
    before(async function () {
      if (whyNot() !== undefined) this.skip();
      server = await openServer();
    });
    after(() => server[Symbol.asyncDispose]());

    it('ends with everything that it started, while nothing else is signalled', async () => {
      await using bystanders = await openBystanders();
      await using other = await openTo(server);
      const neighbour = await other.openCommand('echo $$; exec sleep 1000');
      const [beside] = await startedBy(neighbour, 1);
      await using session = await openTo(server);
      const command = await session.openCommand('echo $$; sleep 1000 & echo $!; wait');
      const started = await startedBy(command, 2);
      assert.deepEqual(started.map(isProcessAlive), [true, true]);
      await endCommand(command, 'TERM');
      await areGone(started);
      assert.deepEqual([bystanders.gone(), isProcessAlive(beside)], [[], true]);
      assert.equal((await session.run('echo on')).stdout.toString(), 'on\n', 'the connection stays');
      await endCommand(neighbour, 'TERM');
    });

    // dropbear ends such a command with its shell: then nothing is left to interrupt.
    if (name === 'OpenSSH')
      it('ends also what its shell, which has ended, left in the background', async () => {
        await using bystanders = await openBystanders();
        await using session = await openTo(server);
        const command = await session.openCommand('sleep 1000 & echo $!');
        const started = await startedBy(command, 1);
        await endCommand(command, 'INT');
        // It ignores SIGINT, as the jobs of scripts do.
        await areGone(started);
        assert.deepEqual(bystanders.gone(), []);
      });

    it('prints on stdout and stderr exactly what it would print otherwise', async () => {
      await using session = await openTo(server);
      for (const script of [
        'printf "a\\0b"; printf "no line end" >&2',
        'nosuch',
        'echo "$0 $# $- $?"; set | grep -c os-; exit 3',
        'cat; echo x >&2; kill -9 $$',
        '# nothing\necho two lines',
        '',
      ]) {
        const command = await session.openCommand(script);
        command.stdin.end('input');
        const outputs = await Promise.all([text(command.stdout), text(command.stderr), command.ended]);
        const { stdout, stderr, exit } = await session.run(script, { input: 'input' });
        assert.deepEqual(outputs, [stdout.toString(), stderr.toString(), exit], script);
      }
    });

    it('ends a script that a login shell reads from its input', async () => {
      await using session = await openTo(server);
      const shell = await session.openCommand(undefined);
      shell.stdin.write('echo $$; exec sleep 1000\n');
      const script = await startedBy(shell, 1);
      await endCommand(shell, 'TERM');
      await areGone(script);
    });
  });

describe('a signal to a command', function () {
  this.timeout(20_000);
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  const nonce = 'os-0123456789';

  /** A command whose server is this very process. */
  async function start(
    shell: readonly string[],
  ): Promise<{ line: string; process: ProcessIdentity } & Disposable> {
    const [program = '', ...options] = shell;
    const child = spawn(program, [...options, '-c', `${announcement(nonce)}; exec sleep 1000`], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [line] = (await once(child.stderr, 'data')) as [Buffer];
    return {
      line: line.toString('latin1'),
      process: processIdentity(child.pid ?? 0),
      [Symbol.dispose]: () => void child.kill('SIGKILL'),
    };
  }

  const ended = async (program: string, args: readonly string[]): Promise<string> => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')]);
    return stderr;
  };

  for (const shell of [['sh'], ['bash'], ['busybox', 'sh']])
    it(`is sent by ${shell.join(' ')} to that command alone, and only from the server that started it`, async () => {
      await using bystanders = await openBystanders();
      using command = await start(shell);
      const identity = parseAnnouncement(command.line.split(`${nonce}\n`)[0] ?? '', nonce);
      assert.ok(identity, command.line);
      assert.equal(identity.shell.pid, command.process.pid);
      const [program = '', ...options] = shell;
      const send = (line: string): Promise<string> => ended(program, [...options, '-c', line]);

      const fromElsewhere = `(${signalCommand(identity, 'KILL')}) & wait`;
      assert.equal(await send(fromElsewhere), '', 'its parent is not the server');
      const later = { ...identity, shell: { ...identity.shell, startTicks: '1' } };
      assert.equal(await send(signalCommand(later, 'KILL')), '', 'the number is another process');
      const another = { ...identity, server: { ...identity.server, startTicks: '1' } };
      assert.equal(await send(signalCommand(another, 'KILL')), '', 'the server is another process');
      assert.ok(isProcessAlive(command.process), 'nothing was sent');

      assert.equal(await send(signalCommand(identity, 'KILL')), '');
      await areGone([command.process]);
      assert.deepEqual(bystanders.gone(), []);
    });
});
