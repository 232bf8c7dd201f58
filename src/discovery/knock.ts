import { connect } from 'node:net';
import { errnoOf } from '../core/errors.ts';

/** What stands behind a TCP port; an errno when nothing does. */
export type Knock = { isOpen: true; reply: string } | { isOpen: false; code: string };

const replyBytes = 256;

/**
 * Connects, sends `greeting` if any, and resolves to the first bytes of the reply (empty when none comes in time).
 * Never rejects; `ETIMEDOUT` when nobody answers within `timeoutMs`, `ECANCELED` when `signal` aborts.
 */
export function knock(
  to: { address: string; port: number; greeting?: string; timeoutMs: number },
  signal: AbortSignal,
): Promise<Knock> {
  return new Promise(resolve => {
    if (signal.aborted) {
      resolve({ isOpen: false, code: 'ECANCELED' });
      return;
    }
    let isConnected = false;
    let reply = '';
    const socket = connect({ host: to.address, port: to.port });
    const settle = (result: Knock): void => {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const onQuiet = (code: string): void => {
      settle(isConnected ? { isOpen: true, reply } : { isOpen: false, code });
    };
    const onAbort = (): void => {
      settle({ isOpen: false, code: 'ECANCELED' });
    };
    const timer = setTimeout(onQuiet, to.timeoutMs, 'ETIMEDOUT');
    signal.addEventListener('abort', onAbort);
    socket.on('connect', () => {
      isConnected = true;
      if (to.greeting !== undefined) socket.write(to.greeting);
    });
    socket.on('data', (bytes: Buffer) => {
      reply = (reply + bytes.toString('latin1')).slice(0, replyBytes);
      if (reply.includes('\n')) settle({ isOpen: true, reply });
    });
    socket.on('error', error => onQuiet(errnoOf(error) ?? 'unknown'));
    socket.on('close', () => onQuiet('ECONNRESET'));
  });
}
