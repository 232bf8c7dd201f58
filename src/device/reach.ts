import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { openDeadline } from '../core/deadline.ts';
import { errnoOf, messageOf, OsError } from '../core/errors.ts';

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

/** A peer that says nothing for so long is asked whether it is there; one that has lost its power never says that it is gone. */
const silentMs = 5000;

/** Opens a TCP connection. The caller owns the socket. Throws PortFailure, or the signal's reason. */
export async function openTcp(address: string, port: number, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  using deadline = openDeadline(signal, connectTimeoutMs);
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
    const errno = errnoOf(error) ?? '';
    const said = deadline.signal.aborted ? 'no answer' : (saidByErrno[errno] ?? (errno || messageOf(error)));
    throw new PortFailure({ address, port, said });
  }
}

/** A port that did not accept. */
export class PortFailure extends Error {
  readonly answer: PortAnswer;
  constructor(answer: PortAnswer) {
    super(`${answer.address} port ${answer.port.toString()}: ${answer.said}`);
    this.answer = answer;
  }
}

/** A remembered address that nothing proves to be the device's still: addresses change hands. */
export const unproven = (address: string, port: number): PortFailure =>
  new PortFailure({ address, port, said: 'not used: it may be another device by now' });

/** `cannot reach NAME: …` with what every tried port said. */
export function unreachable(name: string, answers: readonly PortAnswer[]): OsError {
  // What a port said last counts.
  const latest = new Map(answers.map(answer => [`${answer.address} ${answer.port.toString()}`, answer]));
  const byAddress = new Map<string, PortAnswer[]>();
  for (const answer of latest.values())
    byAddress.set(answer.address, [...(byAddress.get(answer.address) ?? []), answer]);
  const said = [...byAddress].map(([address, list]) => {
    const ports = list.map(({ port, said: what }) => `${port.toString()} ${what}`).join(', ');
    return address === name ? ports : `${address} ${ports}`;
  });
  return new OsError('device-unreachable', `cannot reach ${name}: ${said.join('; ')}`, {
    hint: 'is it powered and on this network? `os scan` lists the devices that answer',
  });
}
