import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { openDeadline } from '../core/deadline.ts';
import { errnoOf, messageOf } from '../core/errors.ts';

/** Answer of one port of one address. */
export interface PortAnswer {
  readonly address: string;
  readonly port: number;
  /** `refused`, `no answer`, `no route`, … */
  readonly outcome: string;
  /** The system's name for it, e.g. `ECONNREFUSED`; `ETIMEDOUT` after the time limit, `unknown` for anything else. */
  readonly code?: string;
}

const outcomeByErrno: Record<string, string> = {
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no network there',
  EHOSTDOWN: 'host is down',
  ENETDOWN: 'network is down',
  EACCES: 'not permitted',
  EPERM: 'not permitted',
  ECONNRESET: 'connection reset',
  EINVAL: 'no such interface',
};

/** Time limit for a port to accept; with the tries around it, an address that nobody has fails in under 2 s. */
export const connectTimeoutMs = 1500;

/**
 * Milliseconds of silence after which a peer is probed by keep-alive; one that has lost its power never closes the
 * connection.
 */
const silentMs = 5000;

/**
 * Opens a TCP connection; the default of `timeoutMs` is `connectTimeoutMs`. The caller owns the socket. Throws
 * PortFailure, or the signal's reason.
 */
export async function openTcp(
  address: string,
  port: number,
  signal: AbortSignal,
  timeoutMs = connectTimeoutMs,
): Promise<Socket> {
  signal.throwIfAborted();
  using deadline = openDeadline(signal, timeoutMs);
  const socket = connect({
    host: address,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: silentMs,
  });
  try {
    await once(socket, 'connect', { signal: deadline.signal });
    // Until its owner listens, an error shows as a destroyed socket.
    return socket.on('error', () => undefined);
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    signal.throwIfAborted();
    const code = deadline.signal.aborted ? 'ETIMEDOUT' : (errnoOf(error) ?? 'unknown');
    const outcome = outcomeByErrno[code] ?? (code === 'unknown' ? messageOf(error) : code);
    throw new PortFailure({ address, port, outcome, code });
  }
}

/** A port that did not accept. */
export class PortFailure extends Error {
  readonly answer: PortAnswer;
  constructor(answer: PortAnswer) {
    super(`${answer.address} port ${answer.port.toString()}: ${answer.outcome}`);
    this.answer = answer;
  }
}
