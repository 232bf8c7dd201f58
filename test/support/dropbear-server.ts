import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, makeKey } from './openssh-server.ts';

const dropbear = '/usr/sbin/dropbear';

export interface DropbearServer extends AsyncDisposable {
  readonly port: number;
  /** A directory of its own, removed with it. */
  readonly directory: string;
  /** The private key that lets root in. */
  readonly key: string;
}

/** Why no dropbear can be run here; undefined when it can. */
export function whyNoDropbear(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs Linux and root';
  return existsSync(dropbear) ? undefined : 'needs the Debian package dropbear-bin';
}

async function untilListening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>(resolve => {
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await sleep(20);
  }
}

/**
 * A real dropbear on 127.0.0.1, as OS releases before 2.38 have it, whose root logs in with busybox's shell. It has root's
 * home and accounts in a mount namespace of its own.
 */
export async function openDropbearServer(): Promise<DropbearServer> {
  const directory = mkdtempSync(path.join(tmpdir(), 'os-dropbear-'));
  const at = (name: string): string => path.join(directory, name);
  mkdirSync(at('home/.ssh'), { recursive: true, mode: 0o700 });
  const key = makeKey(directory, 'key');
  execFileSync('cp', [`${key}.pub`, at('home/.ssh/authorized_keys')]);
  execFileSync('dropbearkey', ['-t', 'ed25519', '-f', at('hostkey')], { stdio: 'ignore' });
  mkdirSync(at('bin'));
  execFileSync('ln', ['-s', '/bin/busybox', at('bin/sh')]);
  const port = await freePort();
  const inNamespace = [
    `sed "s#^root:.*#root:x:0:0:root:/root:$0/bin/sh#" /etc/passwd > "$0/passwd"`,
    '(cat /etc/shells; echo "$0/bin/sh") > "$0/shells"',
    'mount --bind "$0/passwd" /etc/passwd',
    'mount --bind "$0/shells" /etc/shells',
    'mount --bind "$0/home" /root',
    `exec ${dropbear} -F -E -s -r "$0/hostkey" -P "$0/pid" -p "127.0.0.1:$1"`,
  ].join(' && ');
  const child = spawn(
    'unshare',
    ['--mount', '--propagation', 'private', 'sh', '-c', inNamespace, directory, port.toString()],
    { stdio: 'ignore' },
  );
  await untilListening(port);
  return {
    port,
    directory,
    key,
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
