import type { Duplex } from 'node:stream';
import { openDeadline } from '../core/deadline.ts';
import { messageOf, OsError } from '../core/errors.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import { openTcp, PortFailure } from '../net/tcp.ts';
import type { OfferedConnection, SshSession } from '../ssh/session.ts';
import { joinStreams } from '../net/join-streams.ts';
import type { ReverseRequest } from './port-words.ts';
import { chooseReverseAddresses, parseReversePlace, reverseLookScript } from './reverse-place.ts';
import type { ReverseAddresses, ReversePlace } from './reverse-place.ts';
import type { ReportTunnel } from './tunnel-events.ts';

/** The parts of a root session that a reverse tunnel takes. */
export type ReverseSession = Pick<SshSession, 'isOpen' | 'run' | 'listenOn' | 'stopListening'>;

export interface ReverseOptions {
  /** The device's name. */
  readonly where: string;
  readonly report: ReportTunnel;
  readonly signal: AbortSignal;
  /** Called with an error that nobody expects. */
  readonly fail: (error: unknown) => void;
}

const loopback = 'localhost';

/** Connects to a program of this machine. Throws PortFailure. */
async function openHere(port: number, signal: AbortSignal): ReturnType<typeof openTcp> {
  try {
    return await openTcp('127.0.0.1', port, signal);
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    return openTcp('::1', port, signal).catch((other: unknown) => {
      throw other instanceof PortFailure ? error : other;
    });
  }
}

async function takeConnection(
  session: ReverseSession,
  offered: OfferedConnection,
  { port, localPort }: ReverseRequest,
  { report, signal }: ReverseOptions,
): Promise<void> {
  try {
    const local = await openHere(localPort, signal);
    local.allowHalfOpen = true;
    if (!session.isOpen) {
      local.destroy();
      return;
    }
    const stream: Duplex = offered.accept();
    joinStreams(local, { stream, isCut: () => !session.isOpen });
  } catch (error) {
    if (session.isOpen) offered.refuse();
    if (signal.aborted) return;
    if (!(error instanceof PortFailure)) throw error;
    const message = `nothing on this machine accepts at port ${localPort.toString()}: ${error.answer.outcome}`;
    report({ type: 'connection-failed', direction: 'reverse', service: null, port, message });
  }
}

const look = async (session: ReverseSession, port: number, signal: AbortSignal): Promise<ReversePlace> => {
  const { stdout } = await session.run(reverseLookScript, { signal });
  return parseReversePlace(stdout.toString('latin1'), port);
};

/**
 * Has a port of the device lead to one of this machine: from its loopback address, and from the engine's bridge where its SSH
 * server allows that. Returns where it is really reached, by the device's kernel. Throws OsError `busy` if something there
 * has the port, `host-refused` if the server opens none. Where it throws, it leaves no port open.
 */
export async function openReverse(
  session: ReverseSession,
  request: ReverseRequest,
  options: ReverseOptions,
): Promise<ReverseAddresses> {
  const { where, signal, fail } = options;
  const { port } = request;
  const before = await look(session, port, signal);
  const [taken] = before.listening;
  if (taken !== undefined)
    throw new OsError('busy', `port ${port.toString()} of ${where} is in use, at ${taken}`, {
      hint: `take another one: --reverse ${(port < 55_000 ? port + 10_000 : port - 10_000).toString()}:${request.localPort.toString()}; who has it: os ssh ${where} -- ss -ltnp`,
    });
  const onConnection = (offered: OfferedConnection): void => {
    takeConnection(session, offered, request, options).catch(fail);
  };
  const asked: string[] = [];
  const listenOn = async (address: string): Promise<void> => {
    asked.push(address);
    await session.listenOn(address, port, onConnection);
  };
  try {
    await listenOn(loopback);
    const first = await look(session, port, signal);
    const { bridge } = first;
    const isEnough = bridge === undefined || chooseReverseAddresses(first, port)?.isPublic === true;
    if (!isEnough)
      try {
        await listenOn(bridge);
      } catch (error) {
        // GatewayPorts no, the default: it listens on the loopback address whatever it is asked for, and there it does already.
        if (!(error instanceof OsError) || error.code !== 'host-refused') throw error;
      }
    const now = isEnough ? first : await look(session, port, signal);
    const addresses = chooseReverseAddresses(now, port);
    if (addresses !== undefined) return addresses;
    throw new OsError(
      'host-refused',
      `the SSH server of ${where} says that it listens on port ${port.toString()}, but it does not`,
      { hint: 'its configuration forbids it: AllowTcpForwarding, PermitListen, GatewayPorts' },
    );
  } catch (error) {
    // An answer may still come. A port that is left open would be in the way of the next attempt.
    await stopListening(session, asked, port);
    throw error;
  }
}

/** A device that has not answered by then is gone, and closes the port once it notices that. */
const closeTimeoutMs = 1000;

async function stopListening(
  session: ReverseSession,
  addresses: readonly string[],
  port: number,
): Promise<void> {
  if (!session.isOpen) return;
  using deadline = openDeadline(new AbortController().signal, closeTimeoutMs);
  await Promise.allSettled(
    addresses.map(address => unlessAborted(session.stopListening(address, port), deadline.signal)),
  );
}

/** Has the device close a port that `openReverse` opened. */
export async function closeReverse(
  session: ReverseSession,
  { port }: ReverseRequest,
  addresses: ReverseAddresses,
): Promise<void> {
  const bridge = addresses.containers?.replace(/:\d+$/, '');
  const asked = bridge === undefined || addresses.isPublic ? [loopback] : [loopback, bridge];
  await stopListening(session, asked, port);
}

/** Opens ports of the device again after it was lost. A port that cannot be had is reported, and tried at the next time. */
export async function reopenReverse(
  session: ReverseSession,
  request: ReverseRequest,
  options: ReverseOptions,
): Promise<ReverseAddresses | undefined> {
  try {
    return await openReverse(session, request, options);
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof OsError)) throw error;
    options.report({ type: 'reverse-failed', port: request.port, message: messageOf(error) });
    return undefined;
  }
}
