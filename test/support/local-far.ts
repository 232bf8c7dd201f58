/** The scripts of a copy, run on this machine in place of a device. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { StartFar } from '../../src/copy/shell-far-files.ts';

/** Starts programs of this machine; `shell` takes the place of `sh`. */
export const startHere =
  (shell: readonly string[] = ['sh']): StartFar =>
  words => {
    const [program = '', ...args] = [...shell, ...words.slice(1)];
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => undefined);
    const ended = once(child, 'close').then(([status]) => ({ status: (status as number | null) ?? 128 }));
    return Promise.resolve({
      stdin: child.stdin,
      stdout: child.stdout,
      stderr: child.stderr,
      ended,
      close: () => void child.kill('SIGKILL'),
      kill: signal => {
        child.kill(`SIG${signal}`);
        return Promise.resolve();
      },
    });
  };
