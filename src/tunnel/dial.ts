/** Ways from this machine to a port of the device, tried for each connection anew: nothing about a container is remembered. */
import type { Duplex } from 'node:stream';
import { openDeadline } from '../core/deadline.ts';
import { OsError, type ErrorCode } from '../core/errors.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import type { ContainerSummary } from '../engine/objects.ts';
import type { SshSession } from '../ssh/session.ts';
import { lookScript, parseNetwork, relayCommand } from './far-network.ts';
import type { FarStream } from '../net/join-streams.ts';
import { portName, type FarPort } from './port-words.ts';
import { findServicePlace } from './service-place.ts';

/** The parts of a root session that reaching a port takes. */
export type TunnelSession = Pick<SshSession, 'isOpen' | 'openPort' | 'openBridge' | 'run'>;

/** The container that runs a service now, and all containers of the device. */
export interface FoundContainer {
  readonly container: ContainerSummary;
  readonly all: readonly ContainerSummary[];
}

export interface DialOptions {
  /** The device's name. */
  readonly where: string;
  /** Returns the session, a new one if it was lost. */
  readonly getSession: () => Promise<TunnelSession>;
  /** Throws OsError if the service does not run. */
  readonly findContainer: (service: string) => Promise<FoundContainer>;
}

/** Limit for a port to accept, and for the device to come back; the client then sees a reset, and may try again. */
const dialTimeoutMs = 10_000;

const isCode = (error: unknown, code: ErrorCode): boolean => error instanceof OsError && error.code === code;

/** Returns the outcome of `opening`; if `signal` aborts first, throws its reason and closes the stream when it comes. */
async function openBefore(opening: Promise<Duplex>, signal: AbortSignal): Promise<Duplex> {
  try {
    return await unlessAborted(opening, signal);
  } catch (error) {
    opening.then(
      late => late.destroy(),
      () => undefined,
    );
    throw error;
  }
}

/** Tries addresses in turn. Returns undefined if nothing accepts at any, and `'forbidden'` if the server forwards nothing. */
async function openDirect(
  session: TunnelSession,
  port: number,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<Duplex | 'forbidden' | undefined> {
  for (const address of addresses)
    try {
      return await openBefore(session.openPort(port, address), signal);
    } catch (error) {
      if (isCode(error, 'host-refused')) return 'forbidden';
      if (!isCode(error, 'socket-missing')) throw error;
    }
  return undefined;
}

/** Through a program of the host, in the host's own network or a container's. Throws OsError. */
async function openRelayed(
  session: TunnelSession,
  far: FarPort,
  { container, where }: { readonly container: string | undefined; readonly where: string },
  signal: AbortSignal,
): Promise<Duplex> {
  const printed = (await session.run(lookScript(container), { signal })).stdout.toString('latin1');
  const { isThere, canEnter, relay, addresses } = parseNetwork(printed, container, far.port);
  const [address] = addresses;
  if (!isThere)
    throw new OsError('service-failed', `${far.service ?? ''} on ${where} is not running any more`);
  if (address === undefined)
    throw new OsError(
      'socket-missing',
      far.service === null
        ? `nothing on ${where} listens on port ${far.port.toString()}`
        : `nothing listens on port ${far.port.toString()} in ${far.service} on ${where}`,
    );
  if (relay === undefined || (container !== undefined && !canEnter))
    throw new OsError(
      'host-refused',
      `${portName(far)} of ${where} listens on ${address} alone, where its SSH server does not lead`,
      {
        hint:
          far.service === null
            ? 'allow AllowTcpForwarding, or have nc or socat on its host'
            : `have the service listen on 0.0.0.0; the host has no ${canEnter ? 'nc or socat' : 'nsenter'}`,
      },
    );
  return openBefore(session.openBridge(relayCommand(container, relay(address, far.port))), signal);
}

async function openService(
  session: TunnelSession,
  far: FarPort & { readonly service: string },
  { findContainer, where }: DialOptions,
  signal: AbortSignal,
): Promise<Duplex> {
  const { container, all } = await unlessAborted(findContainer(far.service), signal);
  const place = findServicePlace(container, all);
  switch (place.kind) {
    case 'host':
      return openHostPort(session, far, where, signal);
    case 'namespace':
      return openRelayed(session, far, { container: place.id, where }, signal);
    case 'addresses': {
      const direct = await openDirect(session, far.port, place.addresses, signal);
      // A service may listen on its own loopback address alone, as debuggers do.
      return typeof direct === 'object'
        ? direct
        : openRelayed(session, far, { container: place.id, where }, signal);
    }
  }
}

async function openHostPort(
  session: TunnelSession,
  far: FarPort,
  where: string,
  signal: AbortSignal,
): Promise<Duplex> {
  const direct = await openDirect(session, far.port, ['127.0.0.1', '::1'], signal);
  if (typeof direct === 'object') return direct;
  return openRelayed(session, far, { container: undefined, where }, signal);
}

/** Opens a connection to a port of the device over SSH. Throws OsError, or the reason of `signal`. */
export async function dialOverSsh(
  far: FarPort,
  options: DialOptions,
  signal: AbortSignal,
): Promise<FarStream> {
  using deadline = openDeadline(signal, dialTimeoutMs);
  const { service } = far;
  try {
    const session = await unlessAborted(options.getSession(), deadline.signal);
    const stream = await (service === null
      ? openHostPort(session, far, options.where, deadline.signal)
      : openService(session, { ...far, service }, options, deadline.signal));
    return { stream, isCut: () => !session.isOpen };
  } catch (error) {
    signal.throwIfAborted();
    if (!deadline.signal.aborted) throw error;
    throw new OsError(
      'connection-lost',
      `${sanitizeLine(portName(far))} of ${options.where} does not answer`,
      {
        cause: error,
      },
    );
  }
}
