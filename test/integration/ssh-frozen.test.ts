import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import { openTcp } from '../../src/net/tcp.ts';
import { trustOnFirstUse } from '../../src/ssh/connect/host-keys.ts';
import { openSshSession } from '../../src/ssh/connect/open-session.ts';
import type { SshSession } from '../../src/ssh/session.ts';
import { openOpenSshServer, whyNoOpenSshServer, type OpenSshServer } from '../support/openssh-server.ts';

/** A relay that can stop to pass anything on, as a device does that loses power: no end and no reset reach anybody. */
async function openFreezer(to: number): Promise<AsyncDisposable & { readonly port: number; freeze(): void }> {
  const sockets: Socket[] = [];
  const server = createServer(client => {
    const far = connect(to, '127.0.0.1');
    sockets.push(client, far);
    for (const socket of [client, far]) socket.on('error', () => undefined);
    client.pipe(far);
    far.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      for (const socket of sockets) socket.unpipe().resume();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a connection whose other end has gone without a word', function () {
  this.timeout(60_000);
  let server: OpenSshServer;
  before(async function () {
    if (whyNoOpenSshServer() !== undefined) this.skip();
    server = await openOpenSshServer({ isPasswordless: true });
  });
  after(() => server[Symbol.asyncDispose]());

  it('ends everything that waits for it as a lost connection, and every later request at once', async () => {
    await using freezer = await openFreezer(server.port);
    await using session: SshSession = await openSshSession({
      address: '127.0.0.1',
      port: freezer.port,
      openSocket: signal => openTcp('127.0.0.1', freezer.port, signal),
      hostKeyName: `[127.0.0.1]:${freezer.port.toString()}`,
      authentication: { identityFile: undefined, keyFiles: [], note: note => assert.fail(note) },
      hostKeys: trustOnFirstUse({
        file: path.join(server.directory, 'known_hosts'),
        onTrusted: () => undefined,
      }),
      signal: AbortSignal.timeout(60_000),
      keepaliveIntervalMs: 300,
    });
    const running = await session.exec('sleep 1000');
    running.stdout.resume();
    running.stderr.resume();
    const collected = session.run('sleep 1000');
    await session.run('true');
    freezer.freeze();
    const waiting: Record<string, Promise<unknown>> = {
      'a command': running.ended,
      'its output': collected,
      'a new command': session.exec('true'),
      'a port': session.openPort(server.port),
      'a socket': session.openUnixSocket('/nowhere'),
      'a port to listen on': session.listenOn('127.0.0.1', 0, () => undefined),
    };
    const outcomes = await Promise.allSettled(Object.values(waiting));
    for (const [i, name] of Object.keys(waiting).entries()) {
      const outcome = outcomes[i];
      assert.equal(outcome?.status, 'rejected', name);
      assert.equal(
        (outcome.reason as { code?: string }).code,
        'connection-lost',
        `${name}: ${String(outcome.reason)}`,
      );
      assert.match(String(outcome.reason), /the connection to 127\.0\.0\.1 port \d+ is lost/, name);
    }
    assert.equal(session.isOpen, false);
    await assert.rejects(session.run('true'), { code: 'connection-lost' });
    await assert.rejects(session.openPort(80), { code: 'connection-lost' });
  });
});
