import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const attemptMs = 2000;
const pauseMs = 50;

/** Repeats `attempt` until it returns true; rejects with the signal's reason when that aborts first. */
async function until(signal: AbortSignal, attempt: () => Promise<boolean>): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if (await attempt()) return;
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Waits until an SSH server greets on the port. */
export function waitForSsh(address: string, port: number, signal: AbortSignal): Promise<void> {
  return until(
    signal,
    () =>
      new Promise<boolean>(resolve => {
        const socket = connect({ host: address, port, timeout: attemptMs });
        const end = (isGreeted: boolean): void => {
          socket.destroy();
          resolve(isGreeted);
        };
        socket
          .on('data', data => end(data.toString('latin1').startsWith('SSH-')))
          .on('error', () => end(false))
          .on('timeout', () => end(false))
          .on('close', () => resolve(false));
      }),
  );
}

/** Waits until the engine answers 200 to a GET of `path`. */
export function waitForEngine(
  address: string,
  port: number,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  return until(
    signal,
    () =>
      new Promise<boolean>(resolve => {
        const asking = request({ host: address, port, path, timeout: attemptMs, agent: false });
        asking
          .on('response', response => {
            response.resume();
            resolve(response.statusCode === 200);
          })
          .on('timeout', () => asking.destroy())
          .on('error', () => resolve(false))
          .end();
      }),
  );
}
