import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { openTcp } from '../../src/net/tcp.ts';
import { openSshSession } from '../../src/ssh/connect/open-session.ts';

const unused = (): never => assert.fail('no host key is checked here');

/** Tries to open a session with a server that treats its connections with `serve`. */
async function openTo(
  serve: (socket: Socket) => void,
  { signal = AbortSignal.timeout(30_000), answerTimeoutMs = 10_000 } = {},
): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => undefined));
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  try {
    const session = await openSshSession({
      address: '127.0.0.1',
      port: address.port,
      openSocket: within => openTcp('127.0.0.1', address.port, within),
      hostKeyName: 'device',
      authentication: { keyFiles: [], note: unused },
      hostKeys: { read: () => Promise.resolve({ types: [], verify: unused, remember: unused }) },
      signal,
      answerTimeoutMs,
    });
    await session[Symbol.asyncDispose]();
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

describe('a server that is no device', () => {
  it('is told when it accepts connections and never speaks', () =>
    assert.rejects(
      openTo(() => undefined, { answerTimeoutMs: 200 }),
      {
        code: 'device-unreachable',
        message: /^127\.0\.0\.1 port \d+ accepts the connection but does not speak SSH$/,
      },
    ));

  it('is told when it speaks something else', async () => {
    const garbage = [
      'HTTP/1.1 400 Bad Request\r\n\r\n',
      'SSH-9\r\n',
      '\r\rx',
      'x'.repeat(10_000),
      '\n'.repeat(2000),
    ];
    for (const banner of garbage)
      await assert.rejects(
        openTo(socket => socket.end(banner)),
        {
          code: 'device-unreachable',
          message: /^127\.0\.0\.1 port \d+ (is not an SSH server|closes the connection)/,
        },
        JSON.stringify(banner.slice(0, 20)),
      );
  });

  it('is told when it closes the connection at once, as a server does that has too many', () =>
    assert.rejects(
      openTo(socket => socket.destroy()),
      { code: 'device-unreachable', message: /closes the connection|is not an SSH server/ },
    ));

  it('is told when it closes the connection after its greeting', () =>
    assert.rejects(
      openTo(socket => socket.end('SSH-2.0-dropbear_2016.74\r\n')),
      { code: 'device-unreachable', message: /closes the connection before the SSH handshake is done$/ },
    ));

  it('is told when it offers no algorithm that can be used', () =>
    assert.rejects(
      openTo(socket => {
        const lists = ['kex-none', ...Array.from({ length: 9 }, () => 'none')].map(list => {
          const size = Buffer.alloc(4);
          size.writeUInt32BE(list.length);
          return Buffer.concat([size, Buffer.from(list)]);
        });
        const payload = Buffer.concat([Buffer.from([20]), Buffer.alloc(16), ...lists, Buffer.alloc(5)]);
        const padding = 8 - ((payload.length + 5) % 8) + 8;
        const head = Buffer.alloc(5);
        head.writeUInt32BE(payload.length + padding + 1);
        head.writeUInt8(padding, 4);
        socket.write(Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), head, payload, Buffer.alloc(padding)]));
      }),
      { code: 'device-unreachable', message: /^the SSH handshake with .* fails: .*no matching key exchange/ },
    ));

  it('is left when the user interrupts', async () => {
    const interruption = new AbortController();
    const reason = new Error('interrupted');
    const opening = openTo(() => interruption.abort(reason), { signal: interruption.signal });
    await assert.rejects(opening, reason);
  });
});
