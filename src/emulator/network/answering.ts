import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDeadline } from '../../core/deadline.ts';
import { httpGet } from '../../net/http-get.ts';
import { ports } from '../../net/ports.ts';

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

/** Returns the body of an answer 200, or undefined if there is none in time. */
async function getBody(
  address: string,
  port: number,
  path: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  using deadline = openDeadline(signal, attemptMs);
  try {
    const { status, body } = await httpGet(address, port, path, deadline.signal);
    return status === 200 ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Waits until the engine answers 200 to a GET of `path`. */
export const waitForEngine = (
  address: string,
  port: number,
  path: string,
  signal: AbortSignal,
): Promise<void> => until(signal, async () => (await getBody(address, port, path, signal)) !== undefined);

/** Waits until the engine shows the supervisor's container as running, and until its port answers where `isOpen`. */
export async function waitForSupervisor(
  address: string,
  enginePort: number,
  { isOpen }: { readonly isOpen: boolean },
  signal: AbortSignal,
): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ name: ['^/balena_supervisor$'] }));
  const path = `/containers/json?filters=${filters}`;
  await until(
    signal,
    async () => (await getBody(address, enginePort, path, signal))?.includes('"Id"') === true,
  );
  if (!isOpen) return;
  await until(signal, async () => (await getBody(address, ports.supervisor, '/ping', signal)) !== undefined);
}
