import { connect, type Socket } from 'node:net';
import { errnoOf, OsError } from '../core/errors.ts';

/** What one port of one address said. */
export interface PortAnswer {
  address: string;
  port: number;
  /** `refused`, `no answer`, `no route`, … */
  said: string;
}

const saidByErrno: Record<string, string> = {
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

/** How long a port may take to accept; with the tries around it, an address with nobody there fails in under 2 s. */
export const connectTimeoutMs = 1500;

/** Opens a TCP connection, or throws the PortAnswer that says why not. The caller owns the socket. */
export async function openTcp(address: string, port: number, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connect({ host: address, port, noDelay: true, keepAlive: true });
  const timeout = AbortSignal.timeout(connectTimeoutMs);
  const either = AbortSignal.any([signal, timeout]);
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      either.removeEventListener('abort', onAbort);
      socket.removeListener('connect', onConnect).removeListener('error', onError);
      act();
    };
    const onConnect = (): void => settle(() => resolve(socket));
    const onError = (error: Error): void =>
      settle(() => {
        socket.destroy();
        const errno = errnoOf(error) ?? '';
        reject(new PortFailure({ address, port, said: saidByErrno[errno] ?? (errno || error.message) }));
      });
    const onAbort = (): void =>
      settle(() => {
        socket.destroy();
        reject(
          signal.aborted ? (signal.reason as Error) : new PortFailure({ address, port, said: 'no answer' }),
        );
      });
    either.addEventListener('abort', onAbort);
    socket.once('connect', onConnect).once('error', onError);
  });
}

/** A port that did not accept. */
export class PortFailure extends Error {
  readonly answer: PortAnswer;
  constructor(answer: PortAnswer) {
    super(`${answer.address} port ${answer.port.toString()}: ${answer.said}`);
    this.answer = answer;
  }
}

/** `cannot reach NAME: …` with what every tried port said. */
export function unreachable(name: string, answers: readonly PortAnswer[]): OsError {
  const byAddress = new Map<string, PortAnswer[]>();
  for (const answer of answers)
    byAddress.set(answer.address, [...(byAddress.get(answer.address) ?? []), answer]);
  const said = [...byAddress].map(([address, list]) => {
    const ports = list.map(({ port, said: what }) => `${port.toString()} ${what}`).join(', ');
    return address === name ? ports : `${address} ${ports}`;
  });
  return new OsError('device-unreachable', `cannot reach ${name}: ${said.join('; ')}`, {
    hint: 'is it powered and on this network? `os scan` lists the devices that answer',
  });
}
