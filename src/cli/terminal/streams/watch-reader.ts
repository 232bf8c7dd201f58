import { spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';

function isPipe(): boolean {
  try {
    return fstatSync(1).isFIFO();
  } catch {
    return false;
  }
}

/**
 * Calls `onGone` when the reader of stdout closes its pipe (`| head -1`), also while nothing is written. Node cannot
 * poll for that; GNU tail does, and ends by SIGPIPE. Where there is no such tail, the next write fails instead.
 */
export function watchReader(onGone: () => void): Disposable {
  if (process.platform !== 'linux' || !isPipe()) return { [Symbol.dispose]: () => undefined };
  // --pid ends it with this process, however that ends: as a second writer it would keep the pipe open.
  const tail = spawn('tail', ['--sleep-interval=0.5', `--pid=${process.pid.toString()}`, '-f', '/dev/null'], {
    stdio: ['ignore', 1, 'ignore'],
  });
  tail.on('error', () => undefined);
  tail.on('exit', (_status, signal) => {
    if (signal === 'SIGPIPE') onGone();
  });
  tail.unref();
  return { [Symbol.dispose]: () => void tail.kill() };
}
