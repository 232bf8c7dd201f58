import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { checkSupervisor, openSupervisorAccess } from '../../src/cli/verbs/wiring/open-supervisor-access.ts';
import { readSupervisorMode } from '../../src/reach/info/read-supervisor-mode.ts';

const { signal } = new AbortController();

/** Listens where a supervisor would, on a loopback address of its own. */
async function serve(address: string, behave: (socket: net.Socket) => void) {
  const sockets = new Set<net.Socket>();
  const server = net.createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      behave(socket);
    });
  });
  server.listen(48484, address);
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const hangs = (): void => undefined;
const garbles = (socket: net.Socket): void => {
  socket.end('no HTTP at all\r\n\r\n');
};
function neverEnds(socket: net.Socket): void {
  socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
  const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
    socket.once('drain', more);
  };
  more();
}

const mode = (address: string) =>
  readSupervisorMode({ address, isAnswering: true, isManaged: undefined, container: 'running' }, signal);

describe('a broken supervisor', function () {
  // Each request gets ten seconds, and one that fails is made again.
  this.timeout(180_000);

  for (const [name, behave, address] of [
    ['hangs', hangs, '127.0.48.1'],
    ['answers garbage', garbles, '127.0.48.2'],
    ['never ends its answer', neverEnds, '127.0.48.3'],
  ] as const)
    it(`that ${name} leaves os info without its mode`, async () => {
      await using _served = await serve(address, behave);
      assert.deepEqual(await mode(address), { mode: undefined, unknown: ['target state', 'config.json'] });
    });

  for (const [name, behave, address, message] of [
    ['hangs', hangs, '127.0.48.4', /does not answer GET \/v2\/version within 10 s/],
    ['answers garbage', garbles, '127.0.48.5', /breaks off GET \/v2\/version/],
    [
      'never ends its answer',
      neverEnds,
      '127.0.48.6',
      /breaks off GET \/v2\/version: its answer is over 16 MB/,
    ],
  ] as const)
    it(`that ${name} ends a push through it before anything is sent, and says what it did`, async () => {
      await using _served = await serve(address, behave);
      const place = { address, name: 'device', port: 2375, openOnHost: () => Promise.reject(new Error()) };
      await assert.rejects(checkSupervisor(openSupervisorAccess(place), place, signal), {
        code: 'connection-lost',
        message,
      });
    });
});
