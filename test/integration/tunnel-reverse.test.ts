import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { systemClock } from '../../src/core/clock.ts';
import { openReversePorts, type KeptReverse } from '../../src/tunnel/keep-reverse.ts';
import type { TunnelEvent } from '../../src/tunnel/tunnel-events.ts';
import { openDropbearServer, whyNoDropbear } from '../support/dropbear-server.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, openOpenSshServer, whyNoOpenSshServer } from '../support/openssh-server.ts';
import { openFar, openSessionTo, readText, type TunnelServer } from '../support/tunnelled.ts';

async function dial(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket.on('error', () => undefined);
}

const isFree = async (port: number): Promise<void> => assert.rejects(dial(port), { code: 'ECONNREFUSED' });

describe('a reverse tunnel', function () {
  this.timeout(60_000);
  before(function () {
    if (whyNoOpenSshServer() !== undefined) this.skip();
  });

  async function open(
    server: TunnelServer,
    ports: readonly { readonly port: number; readonly localPort: number }[],
  ): Promise<{ readonly kept: KeptReverse; readonly events: TunnelEvent[] } & AsyncDisposable> {
    const session = await openSessionTo(server);
    const events: TunnelEvent[] = [];
    const close = async (): Promise<void> => session[Symbol.asyncDispose]();
    try {
      const kept = await openReversePorts(session, ports, {
        ...{ where: 'mydevice', clock: systemClock, signal: AbortSignal.timeout(60_000) },
        report: event => events.push(event),
        fail: error => assert.fail(String(error)),
      });
      return { kept, events, [Symbol.asyncDispose]: close };
    } catch (error) {
      await close();
      throw error;
    }
  }

  it('leads to a port of this machine, with the end of each direction, and is closed on the device at its end', async () => {
    await using server = await openOpenSshServer({ isPasswordless: true });
    await using here = await openFar(socket => {
      void readText(socket).then(asked => socket.end(`answer to ${asked}`));
    });
    const port = await freePort();
    await using reverse = await open(server, [{ port, localPort: here.port }]);
    const host = `127.0.0.1:${port.toString()}`;
    assert.deepEqual(reverse.events, [
      {
        ...{ type: 'reverse-listening', port, localPort: here.port, host },
        ...{ containers: null, isPublic: false },
      },
    ]);
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const socket = await dial(port);
        socket.end(i.toString());
        assert.equal(await readText(socket), `answer to ${i.toString()}`);
      }),
    );
    // The session goes on: the server itself was asked to close the port.
    await reverse.kept[Symbol.asyncDispose]();
    await isFree(port);
  });

  it('is refused where a program of the device has the port, and opens none of the others', async () => {
    await using server = await openOpenSshServer({ isPasswordless: true });
    await using taken = await openFar(() => undefined);
    const other = await freePort();
    const ports = [
      { port: other, localPort: 1 },
      { port: taken.port, localPort: 1 },
    ];
    await assert.rejects(open(server, ports), {
      code: 'busy',
      message: `port ${taken.port.toString()} of mydevice is in use, at 127.0.0.1`,
    });
    await isFree(other);
  });

  it('is refused where the SSH server opens no ports', async () => {
    await using server = await openOpenSshServer({
      isPasswordless: true,
      config: ['AllowTcpForwarding local'],
    });
    await assert.rejects(open(server, [{ port: await freePort(), localPort: 1 }]), { code: 'host-refused' });
  });

  it('tells that the network reaches it where the SSH server listens on every address', async () => {
    await using server = await openOpenSshServer({ isPasswordless: true, config: ['GatewayPorts yes'] });
    await using here = await openFar(socket => void socket.end('here'));
    const port = await freePort();
    await using reverse = await open(server, [{ port, localPort: here.port }]);
    const [event] = reverse.events;
    assert.ok(event?.type === 'reverse-listening' && event.isPublic);
    assert.equal(await readText(await dial(port)), 'here');
  });

  it('resets a connection that nothing on this machine accepts, and says so', async () => {
    await using server = await openOpenSshServer({ isPasswordless: true });
    const [port, localPort] = [await freePort(), await freePort()];
    await using reverse = await open(server, [{ port, localPort }]);
    const socket = await dial(port);
    socket.resume().end();
    await once(socket, 'close');
    await eventually(() =>
      assert.deepEqual(reverse.events.slice(1), [
        {
          ...{ type: 'connection-failed', direction: 'reverse', service: null, port },
          message: `nothing on this machine accepts at port ${localPort.toString()}: refused`,
        },
      ]),
    );
  });

  it('is opened again on a new connection', async () => {
    await using server = await openOpenSshServer({ isPasswordless: true });
    await using here = await openFar(socket => void socket.end('here'));
    const port = await freePort();
    await using reverse = await open(server, [{ port, localPort: here.port }]);
    server.killConnections();
    await eventually(() => isFree(port));
    await using next = await openSessionTo(server);
    await reverse.kept.reopen(next);
    assert.equal(await readText(await dial(port)), 'here');
    assert.deepEqual(
      reverse.events.map(({ type }) => type),
      ['reverse-listening', 'reverse-listening'],
    );
  });

  it('works through dropbear too', async function () {
    if (whyNoDropbear() !== undefined) this.skip();
    await using server = await openDropbearServer();
    await using here = await openFar(socket => void socket.end('here'));
    const port = await freePort();
    await using reverse = await open(server, [{ port, localPort: here.port }]);
    assert.equal(reverse.events.length, 1);
    assert.equal(await readText(await dial(port)), 'here');
  });
});
