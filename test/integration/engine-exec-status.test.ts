import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { Engine } from '../../src/engine/engine.ts';
import { openEngine } from '../../src/engine/open-engine.ts';

/** An engine that knows the status of a program some inspections after the end of its output. */
async function withEngine<T>(use: (engine: Engine) => Promise<T>): Promise<T> {
  let inspections = 0;
  const server = http.createServer((request, response) => {
    request.resume();
    if (request.url?.endsWith('/json') !== true) response.writeHead(201).end('{"Id":"program"}');
    else if (inspections++ < 2) response.end('{"Running":true,"ExitCode":null}');
    else response.end('{"Running":false,"ExitCode":3}');
  });
  server.on('upgrade', (_request, socket: net.Socket) => {
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    socket.end(Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 4]), Buffer.from('text')]));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await using engine = await openEngine({
      where: 'shop.local',
      keepAlive: true,
      engineApi: '1.41',
      openSocket: () => Promise.resolve(net.connect(port, '127.0.0.1')),
    });
    return await use(engine);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe('the exit status of a program in a container', () => {
  const { signal } = new AbortController();
  const command = ['make'];

  it('is awaited where the engine knows it only after the end of the output: of a program that is run', async () => {
    const status = await withEngine(async engine => {
      await using program = await engine.openExec('web', { command, hasInput: false, signal });
      let text = '';
      for await (const { data } of program.output) text += data.toString();
      assert.equal(text, 'text');
      return await program.readExitCode(signal);
    });
    assert.equal(status, 3);
  });

  it('is awaited where the engine knows it only after the end of the output: of one that is attached to', async () => {
    const status = await withEngine(async engine => {
      await using program = await engine.attachExec('web', { command, terminal: undefined, signal });
      program.stdout.resume();
      return await program.ended;
    });
    assert.equal(status, 3);
  });
});
