import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { openLockWatch } from '../../src/release/supervised/watch-locks.ts';
import { lockHolderOf } from '../../src/supervisor/client/supervisor-failure.ts';
import { openSupervisorHttp } from '../../src/supervisor/client/supervisor-http.ts';
import { openSupervisor } from '../../src/supervisor/client/supervisor.ts';

type Behaviour = (socket: net.Socket, request: string) => void;

/** A server that hands each connection's first request to `behave`, and a client of it. */
async function serve(behave: Behaviour) {
  const sockets = new Set<net.Socket>();
  const server = net.createServer(socket => {
    sockets.add(socket);
    let request = '';
    socket.on('error', () => undefined);
    socket.on('data', chunk => {
      request += chunk.toString();
      if (request.includes('\r\n\r\n')) behave(socket, request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const http = openSupervisorHttp(async signal => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    await once(socket, 'connect', { signal });
    return socket;
  });
  return {
    http,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const { signal } = new AbortController();
const version = { method: 'GET', path: '/v2/version', timeoutMs: 500, signal } as const;

describe('a connection to the supervisor', () => {
  it('carries every body as application/json, since a supervisor reads any other as an order to remove everything', async () => {
    const requests: string[] = [];
    await using served = await serve((socket, request) => {
      requests.push(request);
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK');
    });
    const supervisor = openSupervisor(served.http);
    await supervisor.stopService(1, 'web', { signal });
    await supervisor.restartApp(1, { signal });
    for (const request of requests) assert.match(request, /^content-type: application\/json\r$/im);
    assert.match(requests[0] ?? '', /\{"serviceName":"web"\}$/);
    assert.match(requests[1] ?? '', /\{\}$/);
  });

  it('fails in time where a supervisor hangs', async () => {
    await using served = await serve(() => undefined);
    await assert.rejects(served.http.send(version), {
      code: 'connection-lost',
      message: 'the supervisor does not answer GET /v2/version within 0.5 s',
    });
  });

  it('fails where a supervisor answers garbage, or ends without a word', async () => {
    await using garbage = await serve(socket => socket.end('no HTTP at all\r\n\r\n'));
    await assert.rejects(garbage.http.send(version), { code: 'connection-lost' });
    await using silent = await serve(socket => socket.destroy());
    await assert.rejects(silent.http.send(version), { code: 'connection-lost' });
  });

  it('fails where the body of an answer never ends', async () => {
    await using served = await serve(socket => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
      const more = (): void => {
        while (!socket.destroyed && socket.write(chunk));
        socket.once('drain', more);
      };
      more();
    });
    await assert.rejects(served.http.send({ ...version, timeoutMs: 20_000 }), {
      code: 'connection-lost',
      message: 'the supervisor breaks off GET /v2/version: its answer is over 16 MB',
    });
  });

  it('says that the time is over where the body of an answer comes too slowly', async () => {
    await using served = await serve(socket => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{');
    });
    await assert.rejects(served.http.send(version), {
      code: 'connection-lost',
      message: 'the supervisor does not answer GET /v2/version within 0.5 s',
    });
  });

  it('ends a stream that a supervisor breaks off with a reason, as it ends an answer', async () => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    await using served = await serve(socket => {
      socket.write(`${head}2\r\n{}\r\n`, () => {
        void setTimeout(20).then(() => socket.resetAndDestroy());
      });
    });
    const { body } = await served.http.open(version);
    const lost = { code: 'connection-lost', message: /^the supervisor breaks off GET \/v2\/version: / };
    await assert.rejects(async () => {
      for await (const chunk of body) assert.equal(chunk.toString(), '{}');
    }, lost);
    const supervisor = openSupervisor(served.http);
    const locks = openLockWatch(
      { supervisor, lockHolderOf },
      { overridesLocks: false, onLock: () => assert.fail('there is no lock'), signal },
    );
    await setTimeout(200);
    await locks[Symbol.asyncDispose]();
  });

  it('ends with the reason of an abort', async () => {
    await using served = await serve(() => undefined);
    const controller = new AbortController();
    const sent = served.http.send({ ...version, timeoutMs: 20_000, signal: controller.signal });
    const reason = new Error('stop');
    setImmediate(() => {
      controller.abort(reason);
    });
    await assert.rejects(sent, reason);
  });
});
