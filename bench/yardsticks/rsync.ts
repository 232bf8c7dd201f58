/**
 * rsync over SSH into a container's file system, as the device's host sees it. The device has no rsync: this machine's
 * goes there with its libraries. One SSH connection serves all runs, so that none pays for connecting.
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';

export interface Rsync extends Disposable {
  /** Copies the content of `directory` to `target` on the device. */
  copy(directory: string, target: string): void;
}

const there = '/mnt/data/os-bench-rsync';

/** For `--rsync-path`. */
export const rsyncOnDevice = `env LD_LIBRARY_PATH=${there} ${there}/rsync`;

export function openRsync(address: string, folder: string): Rsync {
  const ssh = [
    ...['ssh', '-p', '22222', '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
    ...['-o', 'LogLevel=ERROR', '-o', `ControlPath=${path.join(folder, 'ssh')}`],
  ];
  const [program = '', ...options] = ssh;
  const run = (...args: string[]): void =>
    void execFileSync(program, [...options, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  run('-o', 'ControlMaster=yes', '-o', 'ControlPersist=600', '-f', '-N', `root@${address}`);
  const libraries = execFileSync('ldd', ['/usr/bin/rsync'], { encoding: 'utf8' });
  const files = ['/usr/bin/rsync', ...[...libraries.matchAll(/=> (\/\S+)/g)].map(([, file = '']) => file)];
  const tar = execFileSync('tar', ['-chf', '-', '--transform', 's,.*/,,', ...files], {
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 * 1024 * 1024,
  });
  execFileSync(program, [...options, `root@${address}`, `mkdir -p ${there} && tar -xf - -C ${there}`], {
    input: tar,
  });
  return {
    copy(directory, target) {
      // Two edits of a second are two edits.
      const args = [
        '-a',
        '--modify-window=-1',
        '--no-owner',
        '--no-group',
        '-e',
        ssh.join(' '),
        '--rsync-path',
        rsyncOnDevice,
      ];
      execFileSync('rsync', [...args, `${directory}/`, `root@${address}:${target}/`]);
    },
    [Symbol.dispose]() {
      run('-O', 'exit', `root@${address}`);
    },
  };
}
