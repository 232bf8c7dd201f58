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
  const script = `exec tail --sleep-interval=0.5 --pid=${process.pid.toString()} -f /dev/null >&3`;
  // libuv makes descriptors 0 to 2 of a child blocking, and with them ours: a write that waits would keep signals from us. So it is 3.
  const tail = spawn('sh', ['-c', script], { stdio: ['ignore', 'ignore', 'ignore', 1] });
  tail.on('error', () => undefined);
  tail.on('exit', (_status, signal) => {
    if (signal === 'SIGPIPE') onGone();
  });
  tail.unref();
  return { [Symbol.dispose]: () => void tail.kill() };
}
