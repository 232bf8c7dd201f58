/** HostCommands by a shell of this machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import type { HostCommands } from '../../src/host/host-commands.ts';

/** `shell`: how a POSIX shell is started here, e.g. `['busybox', 'sh']`. */
export function localCommands(shell: readonly string[], env: NodeJS.ProcessEnv = process.env): HostCommands {
  const [program = '', ...args] = shell;
  return {
    async run(command, { signal, input = '' } = {}) {
      signal?.throwIfAborted();
      const child = spawn(program, [...args, '-c', command], { stdio: ['pipe', 'pipe', 'pipe'], env });
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
      const [bytes, stderr, [status]] = await Promise.all([
        buffer(child.stdout),
        buffer(child.stderr),
        once(child, 'close') as Promise<[number | null]>,
      ]);
      return {
        status: status ?? 255,
        bytes,
        stdout: bytes.toString('utf8'),
        stderr: stderr.toString('utf8'),
      };
    },
  };
}
