import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface OpenSshServer extends AsyncDisposable {
  readonly port: number;
  /** A directory of its own, removed with it. */
  readonly directory: string;
  /** Lets root in with the private key in this file. */
  authorize(key: string): void;
  /** Takes another host key, as a device does that was flashed anew. */
  replaceHostKey(): void;
  /** What it has logged so far. */
  log(): string;
  /** Kills the processes that serve connections, as a device does that loses power. */
  killConnections(): void;
}

interface OpenSshServerOptions {
  /** As a development device does: root needs no password. */
  isPasswordless?: boolean;
  /** Further lines of sshd_config. */
  config?: readonly string[];
}

const sshd = '/usr/sbin/sshd';

/** Why no real sshd can be run here; undefined when it can. */
export function whyNoOpenSshServer(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  return existsSync(sshd) ? undefined : 'needs the Debian package openssh-server';
}

/** Makes a key pair and returns its private file. */
export function makeKey(
  directory: string,
  name: string,
  options: { type?: string; passphrase?: string; format?: string } = {},
): string {
  const file = path.join(directory, name);
  const { type = 'ed25519', passphrase = '', format } = options;
  const args = ['-q', '-t', type, '-N', passphrase, '-C', name, '-f', file];
  execFileSync('ssh-keygen', format === undefined ? args : [...args, '-m', format]);
  return file;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid.toString()}/task/${pid.toString()}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number);
}

async function untilListening(child: ChildProcess, log: () => string): Promise<void> {
  while (!log().includes('Server listening')) {
    if (child.exitCode !== null) throw new Error(`sshd does not start:\n${log()}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

/**
 * A real OpenSSH server on 127.0.0.1, stopped when disposed. Root's empty password and home exist in the server's own
 * mount namespace only: this machine's accounts stay as they are.
 */
export async function openOpenSshServer(options: OpenSshServerOptions): Promise<OpenSshServer> {
  const directory = mkdtempSync(path.join(tmpdir(), 'os-sshd-'));
  const at = (name: string): string => path.join(directory, name);
  const port = await freePort();
  let generation = 0;
  const newHostKey = (): void => {
    generation += 1;
    execFileSync('cp', [makeKey(directory, `generation${generation.toString()}`), at('hostkey')]);
  };
  newHostKey();
  const shadow = readFileSync('/etc/shadow', 'utf8');
  writeFileSync(at('shadow'), shadow.replace(/^root:[^:]*:/m, 'root::'), { mode: 0o600 });
  const yesNo = options.isPasswordless === true ? 'yes' : 'no';
  writeFileSync(
    at('sshd_config'),
    [
      ...(options.config ?? []),
      `Port ${port.toString()}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${at('hostkey')}`,
      `AuthorizedKeysFile ${at('authorized_keys')}`,
      'PermitRootLogin yes',
      `PasswordAuthentication ${yesNo}`,
      `PermitEmptyPasswords ${yesNo}`,
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'StrictModes no',
      'PidFile none',
      'PrintMotd no',
      'PrintLastLog no',
    ].join('\n'),
  );
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  // An empty home: what this machine's root has in its .bashrc is no part of a device.
  mkdirSync(at('home'));
  const inNamespace =
    'mount --bind "$0/shadow" /etc/shadow && mount --bind "$0/home" /root && exec "$1" -D -e -f "$0/sshd_config"';
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', inNamespace, directory, sshd];
  const child = spawn('unshare', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  await untilListening(child, () => log);
  return {
    port,
    directory,
    authorize(key) {
      appendFileSync(at('authorized_keys'), readFileSync(`${key}.pub`));
    },
    replaceHostKey() {
      newHostKey();
      // sshd starts itself anew with its keys read again.
      child.kill('SIGHUP');
    },
    log: () => log,
    killConnections() {
      for (const monitor of childrenOf(child.pid ?? 0)) process.kill(monitor, 'SIGKILL');
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }
      await rm(directory, { recursive: true });
    },
  };
}

/** A server for all tests of a suite, which is skipped where none can run. `whenOpen` prepares what they share. */
export function useOpenSshServer(
  options: () => OpenSshServerOptions,
  whenOpen: (server: OpenSshServer) => void | Promise<void> = () => undefined,
): void {
  let server: OpenSshServer | undefined;
  before(async function () {
    if (whyNoOpenSshServer() !== undefined) this.skip();
    server = await openOpenSshServer(options());
    await whenOpen(server);
  });
  after(() => server?.[Symbol.asyncDispose]());
}
