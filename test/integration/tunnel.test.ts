import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/core/clock.ts';
import { dialDirectly } from '../../src/tunnel/dial-direct.ts';
import { watchDevice } from '../../src/tunnel/watch-device.ts';
import { openDropbearServer, whyNoDropbear } from '../support/dropbear-server.ts';
import { eventually } from '../support/eventually.ts';
import {
  freePort,
  openOpenSshServer,
  useOpenSshServer,
  type OpenSshServer,
} from '../support/openssh-server.ts';
import { openFar, openTunnelled, readAll, readText } from '../support/tunnelled.ts';

/** What ends a connection: an errno, or `end` for an orderly end. */
async function endOf(socket: Socket): Promise<string> {
  socket.resume();
  return new Promise(resolve => {
    socket.on('error', error => resolve((error as NodeJS.ErrnoException).code ?? ''));
    socket.on('end', () => resolve('end'));
    socket.on('close', () => resolve('close'));
  });
}

const echo = (socket: Socket): void => void socket.pipe(socket);

describe('a tunnel', function () {
  this.timeout(120_000);
  let server: OpenSshServer;
  useOpenSshServer(
    () => ({ isPasswordless: true }),
    opened => void (server = opened),
  );

  it('carries 200 connections at once, each with its own bytes', async () => {
    await using far = await openFar(echo);
    await using tunnel = await openTunnelled(server, far.port);
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        const sent = randomBytes(50_000);
        const socket = await tunnel.connect();
        socket.end(sent);
        assert.ok((await readAll(socket)).equals(sent));
      }),
    );
    assert.deepEqual(tunnel.events, []);
  });

  it('carries 500 MB in either direction, whole and with little memory', async () => {
    const chunk = randomBytes(1_000_000);
    const chunks = (): Readable => Readable.from(Array.from({ length: 500 }, () => chunk));
    const sumOf = async (stream: Readable): Promise<string> => {
      const hash = createHash('sha256');
      stream.on('data', (data: Buffer) => hash.update(data));
      await once(stream, 'end');
      return hash.digest('hex');
    };
    const expected = await sumOf(chunks());
    await using taking = await openFar(socket => void sumOf(socket).then(sum => socket.end(sum)));
    await using giving = await openFar(socket => void chunks().pipe(socket));
    await using up = await openTunnelled(server, taking.port);
    await using down = await openTunnelled(server, giving.port);
    const before = process.memoryUsage.rss();
    let peak = before;
    const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
    try {
      const sender = await up.connect();
      chunks().pipe(sender);
      assert.equal(await readText(sender), expected);
      assert.equal(await sumOf((await down.connect()).end()), expected);
    } finally {
      clearInterval(timer);
    }
    assert.ok(peak - before < 150e6, `${((peak - before) / 1e6).toFixed(0)} MB`);
  });

  it('takes no more than it can pass on from whoever sends to one that does not read', async () => {
    let held: Socket | undefined;
    await using far = await openFar(socket => void (held = socket.pause()));
    await using tunnel = await openTunnelled(server, far.port);
    const socket = await tunnel.connect();
    const chunk = Buffer.alloc(1_000_000);
    let sentBytes = 0;
    const send = (): void => {
      while (socket.write(chunk)) sentBytes += chunk.length;
      sentBytes += chunk.length;
    };
    socket.on('drain', send);
    send();
    await eventually(async () => {
      const before = sentBytes;
      await sleep(500);
      assert.equal(sentBytes, before);
    });
    assert.ok(sentBytes < 40e6, `${(sentBytes / 1e6).toFixed(0)} MB`);
    socket.off('drain', send).end();
    assert.ok(held !== undefined);
    let readBytes = 0;
    for await (const data of held) readBytes += (data as Buffer).length;
    assert.equal(readBytes, sentBytes);
  });

  it('passes the end of each direction on, and what the other direction still has to say', async () => {
    await using asking = await openFar(socket => {
      void readText(socket).then(async asked => {
        await sleep(200);
        socket.end(`answer to ${asked}`);
      });
    });
    await using first = await openTunnelled(server, asking.port);
    const asker = await first.connect();
    asker.end('question');
    assert.equal(await readText(asker), 'answer to question');

    const heard: Promise<string>[] = [];
    await using ended = await openFar(socket => {
      socket.end('that is all');
      heard.push(readText(socket));
    });
    await using second = await openTunnelled(server, ended.port);
    const late = await second.connect();
    assert.equal(await readText(late), 'that is all');
    const more = 'and here is more '.repeat(200_000);
    late.end(more);
    assert.equal(await heard[0], more);
  });

  it('resets one connection whose port does not accept, and says so; the others and the port go on', async () => {
    const port = await freePort();
    await using tunnel = await openTunnelled(server, port);
    assert.equal(await endOf(await tunnel.connect()), 'ECONNRESET');
    assert.deepEqual(tunnel.events, [
      {
        ...{ type: 'connection-failed', direction: 'forward', service: null, port },
        message: `nothing on mydevice listens on port ${port.toString()}`,
      },
    ]);
    const late = connect({ port: tunnel.port, host: '::1' });
    await once(late, 'connect');
    assert.equal(await endOf(late), 'ECONNRESET');
  });

  it('ends the far connection of a client that resets, and lets the others live', async () => {
    const far: Socket[] = [];
    await using listening = await openFar(socket => {
      far.push(socket);
      echo(socket);
    });
    await using tunnel = await openTunnelled(server, listening.port);
    const [doomed, alive] = [await tunnel.connect(), await tunnel.connect()];
    await eventually(() => assert.equal(far.length, 2));
    const firstByte = once(doomed, 'data');
    doomed.write('x');
    await firstByte;
    doomed.resetAndDestroy();
    await eventually(() =>
      assert.equal(far.filter(socket => socket.destroyed || socket.readableEnded).length, 1),
    );
    alive.end('still here');
    assert.equal(await readText(alive), 'still here');
  });

  it('ends the connection whose far end resets: SSH has no word for more', async () => {
    await using far = await openFar(socket => void socket.once('data', () => socket.resetAndDestroy()));
    await using tunnel = await openTunnelled(server, far.port);
    const socket = await tunnel.connect();
    socket.write('x');
    assert.match(await endOf(socket), /^(end|ECONNRESET)$/);
  });

  it('says that the device is lost, resets its connections, and leads to it again once it is back', async () => {
    await using far = await openFar(echo);
    await using tunnel = await openTunnelled(server, far.port);
    const ending = new AbortController();
    const watching = watchDevice(tunnel.session, {
      getSession: () => tunnel.lasting.get(),
      onBack: () => undefined,
      report: tunnel.report,
      clock: systemClock,
      signal: ending.signal,
    });
    watching.catch(() => undefined);
    const before = await tunnel.connect();
    const firstByte = once(before, 'data');
    before.write('x');
    await firstByte;
    server.killConnections();
    assert.equal(await endOf(before), 'ECONNRESET');
    await eventually(() =>
      assert.deepEqual(tunnel.events, [
        { type: 'connection', state: 'lost' },
        { type: 'connection', state: 'restored' },
      ]),
    );
    const after = await tunnel.connect();
    after.end('again');
    assert.equal(await readText(after), 'again');
    ending.abort(new Error('over'));
    await assert.rejects(watching, /over/);
  });

  it('leads through a program of the device where its SSH server forwards nothing, also the end of the input', async () => {
    await using closed = await openOpenSshServer({ isPasswordless: true, config: ['AllowTcpForwarding no'] });
    await using far = await openFar(socket => {
      void readText(socket).then(asked => socket.end(`answer to ${asked}`));
    });
    await using tunnel = await openTunnelled(closed, far.port);
    const socket = await tunnel.connect();
    socket.end('question');
    assert.equal(await readText(socket), 'answer to question');
    const port = await freePort();
    await using nowhere = await openTunnelled(closed, port);
    assert.equal(await endOf(await nowhere.connect()), 'ECONNRESET');
    assert.match(JSON.stringify(nowhere.events), /nothing on mydevice listens on port/);
  });

  it('leads through dropbear too', async function () {
    if (whyNoDropbear() !== undefined) this.skip();
    await using dropbear = await openDropbearServer();
    await using far = await openFar(echo);
    await using tunnel = await openTunnelled(dropbear, far.port);
    const sent = randomBytes(3_000_000);
    const socket = await tunnel.connect();
    socket.end(sent);
    assert.ok((await readAll(socket)).equals(sent));
  });

  it('passes resets on as resets where both ends are its own', async () => {
    await using far = await openFar(socket => void socket.once('data', () => socket.resetAndDestroy()));
    let proofs = 0;
    const direct = {
      ...{ where: 'mydevice', address: '127.0.0.1' },
      prove: () => {
        proofs += 1;
        return Promise.resolve();
      },
      findContainer: () => assert.fail('no service is asked for'),
    };
    await using tunnel = await openTunnelled(server, far.port, (port, signal) =>
      dialDirectly(port, direct, signal),
    );
    const socket = await tunnel.connect();
    socket.write('x');
    assert.equal(await endOf(socket), 'ECONNRESET');
    assert.equal(proofs, 1);
  });
});
