import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { errnoOf, OsError } from '../core/errors.ts';

const reasons: Partial<Record<string, string>> = {
  ECONNREFUSED: 'it refuses the connection',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
  EHOSTDOWN: 'it is down',
  ETIMEDOUT: 'nothing answers',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'its name cannot be resolved now',
  ECONNRESET: 'it resets the connection',
};

const unreachable = (where: string, why: string, cause?: unknown): OsError =>
  new OsError('device-unreachable', `cannot reach ${where}: ${why}`, {
    hint: 'is it powered, on this network, and is this its address? `os scan` lists the devices that answer',
    cause,
  });

/** `10.0.0.5 port 22222`, as messages name it. */
export function describeEndpoint(endpoint: { address: string; port: number }): string {
  return `${endpoint.address} port ${endpoint.port.toString()}`;
}

/** Opens a TCP connection without Nagle's delay. Throws OsError `device-unreachable`. */
export async function dial(options: {
  address: string;
  port: number;
  timeoutMs: number;
  signal: AbortSignal;
}): Promise<Socket> {
  const { address, port, signal } = options;
  signal.throwIfAborted();
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const socket = connect({ host: address, port, noDelay: true });
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, timeout]) });
    return socket;
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    signal.throwIfAborted();
    const where = describeEndpoint(options);
    if (timeout.aborted) throw unreachable(where, 'nothing answers', error);
    const errno = errnoOf(error);
    throw unreachable(where, reasons[errno ?? ''] ?? errno ?? 'the connection fails', error);
  }
}
