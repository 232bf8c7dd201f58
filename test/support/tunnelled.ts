import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { openTcp } from '../../src/net/tcp.ts';
import { openSshSession } from '../../src/ssh/connect/open-session.ts';
import { trustOnFirstUse } from '../../src/ssh/connect/host-keys.ts';
import { keepSession, type LastingSession } from '../../src/ssh/lasting-session.ts';
import type { SshSession } from '../../src/ssh/session.ts';
import { dialOverSsh } from '../../src/tunnel/dial.ts';
import { forwardConnection, type DialFar } from '../../src/tunnel/forward.ts';
import { openLocalPorts } from '../../src/tunnel/open-listeners.ts';
import type { TunnelEvent } from '../../src/tunnel/tunnel-events.ts';

/** An SSH server on loopback, as a session needs it. */
export interface TunnelServer {
  readonly port: number;
  readonly directory: string;
  /** File of a private key that lets root in; undefined: no password does. */
  readonly key?: string;
}

export const openSessionTo = ({ port, directory, key }: TunnelServer): Promise<SshSession> =>
  openSshSession({
    address: '127.0.0.1',
    port,
    openSocket: signal => openTcp('127.0.0.1', port, signal),
    hostKeyName: `[127.0.0.1]:${port.toString()}`,
    authentication: {
      keyFiles: [],
      note: text => assert.fail(text),
      ...(key === undefined ? {} : { identityFile: key }),
    },
    hostKeys: trustOnFirstUse({ file: path.join(directory, 'known_hosts'), onTrusted: () => undefined }),
    signal: AbortSignal.timeout(120_000),
  });

/** What a stream gives until its end. Unlike `for await`, which destroys it, this leaves its other direction open. */
export const readAll = (stream: Readable): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => resolve(Buffer.concat(chunks)));
    stream.on('error', reject);
  });

export const readText = async (stream: Readable): Promise<string> => (await readAll(stream)).toString();

export interface Far extends AsyncDisposable {
  readonly port: number;
}

/** A TCP server on loopback whose connections stay half-open, for whatever a device may run. */
export async function openFar(onConnection: (socket: Socket) => void): Promise<Far> {
  const open = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, socket => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface Tunnelled extends AsyncDisposable {
  /** The port of this machine that leads to the far one. */
  readonly port: number;
  readonly events: readonly TunnelEvent[];
  readonly lasting: LastingSession;
  /** A connection to the port, half-open. */
  connect(): Promise<Socket>;
}

/** A tunnel to `farPort` through a real SSH server, or the way that `dial` takes. */
export async function openTunnelled(
  server: TunnelServer,
  farPort: number,
  dial?: DialFar,
): Promise<Tunnelled & { readonly session: SshSession; readonly report: (event: TunnelEvent) => void }> {
  const session = await openSessionTo(server);
  const lasting = keepSession(session, () => openSessionTo(server));
  const events: TunnelEvent[] = [];
  const report = (event: TunnelEvent): void => void events.push(event);
  const { signal } = new AbortController();
  const overSsh: DialFar = (far, within) =>
    dialOverSsh(
      far,
      {
        where: 'mydevice',
        getSession: () => lasting.get(),
        findContainer: () => assert.fail('no service is asked for'),
      },
      within,
    );
  const failures: unknown[] = [];
  const locals = await openLocalPorts([{ service: null, port: farPort, localPort: 0 }], {
    bind: undefined,
    findHolder: () => Promise.resolve(undefined),
    onConnection: (socket, far) => {
      forwardConnection(socket, far, { dial: dial ?? overSsh, report, signal }).catch((error: unknown) =>
        failures.push(error),
      );
    },
  });
  const port = locals[0]?.port ?? 0;
  return {
    ...{ port, events, lasting, session, report },
    async connect() {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      await once(socket, 'connect');
      return socket;
    },
    async [Symbol.asyncDispose]() {
      await locals[Symbol.asyncDispose]();
      await lasting[Symbol.asyncDispose]();
      assert.deepEqual(failures, []);
    },
  };
}
