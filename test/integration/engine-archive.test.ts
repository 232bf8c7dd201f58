import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { openEngine } from '../../src/engine/open-engine.ts';

describe('an archive of a container', () => {
  it('whose connection is lost in the middle ends as a lost connection, by name', async () => {
    const server = http.createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-tar' });
      response.write(Buffer.alloc(10_000), () => response.destroy());
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
      const { signal } = new AbortController();
      await assert.rejects(buffer(await engine.getArchive('web', '/etc', signal)), {
        code: 'connection-lost',
        message: 'the connection to the engine of shop.local is lost',
      });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});
