import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { errnoOf, OsError } from '../core/errors.ts';
import type { PortRequest } from './port-words.ts';

/** A port of this machine that accepts connections. Disposing closes it and every connection. */
export interface LocalPort extends AsyncDisposable {
  readonly request: PortRequest;
  readonly addresses: readonly string[];
  readonly port: number;
}

export interface ListenOptions {
  /** undefined: the loopback addresses of both families. */
  readonly bind: string | undefined;
  readonly onConnection: (socket: Socket, request: PortRequest) => void;
  /** Names the program that has a port, if it is known. */
  readonly findHolder: (address: string, port: number) => Promise<string | undefined>;
}

const loopbacks = ['127.0.0.1', '::1'];
/** A machine without IPv6 has no `::1`. */
const missingFamily = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);
/** The error of a bind to an address that is not this machine's. */
const foreignAddress = new Set([...missingFamily, 'EINVAL']);
/** A free port of one family may be taken in the other. */
const freePortTries = 20;

async function listen(server: Server, address: string, port: number): Promise<number> {
  server.listen({ host: address, port, exclusive: true });
  await once(server, 'listening');
  return (server.address() as { readonly port: number }).port;
}

async function explain(
  error: unknown,
  address: string,
  request: PortRequest,
  findHolder: ListenOptions['findHolder'],
): Promise<unknown> {
  const { service, port, localPort } = request;
  const spec = `${service === null ? '' : `${service}:`}${port.toString()}`;
  const errno = errnoOf(error) ?? '';
  if (errno === 'EADDRINUSE') {
    const holder = (await findHolder(address, localPort)) ?? 'another program';
    const other = localPort < 10_000 ? localPort + 10_000 : localPort - 10_000;
    return new OsError(
      'busy',
      `port ${localPort.toString()} of this machine is in use by ${holder} (${address})`,
      {
        hint: `take another one, e.g. ${spec}:${other.toString()}, or any that is free: ${spec}:0`,
        cause: error,
      },
    );
  }
  if (errno === 'EACCES')
    return new OsError('usage', `this user may not listen on port ${localPort.toString()} of this machine`, {
      hint: `take another one, e.g. ${spec}:${(localPort + 8000).toString()}`,
      cause: error,
    });
  if (foreignAddress.has(errno))
    return new OsError('usage', `${address} is no address of this machine`, { cause: error });
  return error;
}

/** Binds one port on every address that it is to have, or on none. */
async function openPort(request: PortRequest, options: ListenOptions): Promise<LocalPort> {
  const { bind, onConnection, findHolder } = options;
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await Promise.all(
      servers
        .filter(server => server.listening)
        .map(async server => {
          server.close();
          await once(server, 'close');
        }),
    );
  };
  const onSocket = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket, request);
  };
  for (let tries = 1; ; tries++) {
    const addresses: string[] = [];
    let port = request.localPort;
    let current = '';
    try {
      for (const address of bind === undefined ? loopbacks : [bind]) {
        current = address;
        const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, onSocket);
        servers.push(server);
        try {
          port = await listen(server, address, port);
          addresses.push(address);
        } catch (error) {
          if (addresses.length === 0 || !missingFamily.has(errnoOf(error) ?? '')) throw error;
        }
      }
      return { request, addresses, port, [Symbol.asyncDispose]: close };
    } catch (error) {
      await close();
      servers.length = 0;
      const isRetried = request.localPort === 0 && addresses.length > 0 && tries < freePortTries;
      if (!isRetried) throw await explain(error, current, request, findHolder);
    }
  }
}

/** Binds all ports, or none. Throws OsError `busy` for a port in use, `usage` for one that may not be had. */
export async function openLocalPorts(
  requests: readonly PortRequest[],
  options: ListenOptions,
): Promise<readonly LocalPort[] & AsyncDisposable> {
  const open: LocalPort[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(open.map(port => port[Symbol.asyncDispose]()));
  };
  try {
    for (const request of requests) open.push(await openPort(request, options));
  } catch (error) {
    await close();
    throw error;
  }
  return Object.assign(open, { [Symbol.asyncDispose]: close });
}
