/** Finds out from the device's socket table by whom a port that its SSH server opened can be reached. */
import { addressAndPort } from '../core/address.ts';
import { isEveryAddress, isLoopback, parseListeningSockets } from '../net/listening-sockets.ts';

/** Prints the listening sockets of the host, and its addresses. */
export const reverseLookScript =
  'cat /proc/net/tcp /proc/net/tcp6 2> /dev/null; ip -o -4 addr show 2> /dev/null; true';

export interface ReversePlace {
  /** Addresses that listen on the port, as the kernel has them. */
  readonly listening: readonly string[];
  /** Address of the host on the engine's own bridge, which every container reaches; undefined if it has none. */
  readonly bridge: string | undefined;
}

/** The bridge that an engine makes for itself: Docker's, balenaEngine's, and that of older releases. */
const bridgeNames = ['balena0', 'docker0', 'resin0'];

/** Reads what `reverseLookScript` printed. */
export function parseReversePlace(text: string, port: number): ReversePlace {
  const addresses = new Map(
    [...text.matchAll(/^\d+: (\S+?)(?:@\S+)?\s+inet ([\d.]+)\//gm)].map(([, name = '', address = '']) => [
      name,
      address,
    ]),
  );
  return {
    listening: parseListeningSockets(text)
      .filter(it => it.port === port)
      .map(({ address }) => address),
    bridge: bridgeNames.map(name => addresses.get(name)).find(address => address !== undefined),
  };
}

export interface ReverseAddresses {
  readonly host: string;
  /** null: containers do not reach it. */
  readonly containers: string | null;
  /** True: everybody on the device's network does. */
  readonly isPublic: boolean;
}

/** The addresses to use; undefined if nothing listens on the port. */
export function chooseReverseAddresses(
  { listening, bridge }: ReversePlace,
  port: number,
): ReverseAddresses | undefined {
  const isPublic = listening.some(isEveryAddress);
  const onLoopback = listening.find(isLoopback);
  const address = isPublic ? '127.0.0.1' : (onLoopback ?? listening[0]);
  if (address === undefined) return undefined;
  const forContainers = bridge !== undefined && (isPublic || listening.includes(bridge)) ? bridge : undefined;
  return {
    host: addressAndPort(listening.includes('127.0.0.1') ? '127.0.0.1' : address, port),
    containers: forContainers === undefined ? null : addressAndPort(forContainers, port),
    isPublic,
  };
}
