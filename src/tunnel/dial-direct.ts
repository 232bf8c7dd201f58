import { OsError } from '../core/errors.ts';
import { openTcp } from '../net/tcp.ts';
import type { FoundContainer } from './dial.ts';
import type { FarStream } from '../net/join-streams.ts';
import { portName, type FarPort } from './port-words.ts';
import { findPublishedPort } from './service-place.ts';

export interface DirectOptions {
  readonly where: string;
  readonly address: string;
  /** Throws OsError unless the device is there and still the one that was proven. */
  readonly prove: () => Promise<void>;
  readonly findContainer: (service: string) => Promise<FoundContainer>;
}

/** The port of the device's own address that leads to `far`. Throws OsError `host-refused` where none does. */
export async function findOuterPort(
  far: FarPort,
  { where, findContainer }: Pick<DirectOptions, 'where' | 'findContainer'>,
): Promise<number> {
  if (far.service === null) return far.port;
  const { container } = await findContainer(far.service);
  const port = findPublishedPort(container, far.port);
  if (port !== undefined) return port;
  throw new OsError(
    'host-refused',
    `SSH on ${where} is closed, and ${far.service} publishes no port ${far.port.toString()}`,
    {
      hint: `publish it (ports: ["${far.port.toString()}"]), or open SSH: only that leads to ports that are not published`,
    },
  );
}

/** Opens a connection to a port at the device's own address, where SSH is closed. Throws OsError. */
export async function dialDirectly(
  far: FarPort,
  options: DirectOptions,
  signal: AbortSignal,
): Promise<FarStream> {
  const port = await findOuterPort(far, options);
  await options.prove();
  try {
    const stream = await openTcp(options.address, port, signal);
    stream.allowHalfOpen = true;
    return { stream, isCut: () => false };
  } catch (error) {
    signal.throwIfAborted();
    throw new OsError(
      'socket-missing',
      `${portName(far)} of ${options.where} does not accept: port ${port.toString()} of its network`,
      {
        cause: error,
        hint: 'SSH on it is closed, so that only ports that its network reaches can be had',
      },
    );
  }
}
