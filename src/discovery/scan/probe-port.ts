import type { Socket } from 'node:net';
import { openDeadline } from '../../core/deadline.ts';
import { openTcp, PortFailure } from '../../net/tcp.ts';

/** Answer of a TCP port: the first bytes of its reply, or an errno if it does not accept. */
export type PortReply =
  { readonly isOpen: true; readonly reply: string } | { readonly isOpen: false; readonly code: string };

const replyBytes = 256;

/**
 * Connects, sends `greeting` if any, and resolves to the first bytes of the reply (empty when none comes in time).
 * Never rejects; `ETIMEDOUT` when nobody answers within `timeoutMs`, `ECANCELED` when `signal` aborts.
 */
export async function probePort(
  to: {
    readonly address: string;
    readonly port: number;
    readonly greeting?: string;
    readonly timeoutMs: number;
  },
  signal: AbortSignal,
): Promise<PortReply> {
  using deadline = openDeadline(signal, to.timeoutMs);
  try {
    const socket = await openTcp(to.address, to.port, deadline.signal, to.timeoutMs);
    if (to.greeting !== undefined) socket.write(to.greeting);
    const reply = await readReply(socket, deadline.signal);
    return signal.aborted ? { isOpen: false, code: 'ECANCELED' } : { isOpen: true, reply };
  } catch (error) {
    if (signal.aborted) return { isOpen: false, code: 'ECANCELED' };
    return {
      isOpen: false,
      code: error instanceof PortFailure ? (error.answer.code ?? 'unknown') : 'ETIMEDOUT',
    };
  }
}

/** Resolves to the first line of the reply, or the part that has arrived when the socket closes or `signal` aborts. */
function readReply(socket: Socket, signal: AbortSignal): Promise<string> {
  return new Promise(resolve => {
    let reply = '';
    const settle = (): void => {
      signal.removeEventListener('abort', settle);
      socket.destroy();
      resolve(reply);
    };
    socket.on('data', (bytes: Buffer) => {
      reply = (reply + bytes.toString('latin1')).slice(0, replyBytes);
      if (reply.includes('\n')) settle();
    });
    socket.on('close', settle);
    signal.addEventListener('abort', settle);
    if (signal.aborted || socket.destroyed) settle();
  });
}
