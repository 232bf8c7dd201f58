import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { Engine } from '../../src/engine/engine.ts';
import { openEngine } from '../../src/engine/open-engine.ts';

async function serve(answer: http.RequestListener): Promise<http.Server & { readonly port: number }> {
  const server = http.createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

const openAt = (port: number): Promise<Engine> =>
  openEngine({
    where: 'shop.local',
    keepAlive: true,
    engineApi: '1.41',
    openSocket: () => Promise.resolve(net.connect(port, '127.0.0.1')),
  });

describe('an engine that answers with a redirect', () => {
  for (const to of ['http://127.0.0.1:PORT/elsewhere', '/v1.41/info', 'gopher://x', 'http://'])
    it(`is not followed to ${to}, and the refusal says so`, async () => {
      let requests = 0;
      const elsewhere = await serve((_request, response) => {
        requests++;
        response.end('{}');
      });
      const location = to.replace('PORT', elsewhere.port.toString());
      const engine = await serve((_request, response) => {
        response.writeHead(301, { location }).end();
      });
      try {
        await using opened = await openAt(engine.port);
        await assert.rejects(opened.readInfo(), {
          code: 'engine-refused',
          message: 'the engine of shop.local answers with a redirect, which is not followed (HTTP 301)',
        });
        assert.equal(requests, 0);
      } finally {
        engine.close();
        engine.closeAllConnections();
        elsewhere.close();
      }
    });
});

describe('text that is no name of an image', () => {
  it('is in no path of a request: such an image is not there', async () => {
    const asked: (string | undefined)[] = [];
    const engine = await serve((request, response) => {
      asked.push(request.url);
      response.writeHead(404).end('{"message":"no such image"}');
    });
    try {
      await using opened = await openAt(engine.port);
      for (const text of ['', '.', 'a//b', '../containers/x', 'a/..', 'a?b', 'a b', '/a', 'ü']) {
        assert.equal(await opened.findImage(text), undefined, text);
        await opened.removeImage(text);
      }
      assert.deepEqual(asked, []);
      for (const text of ['busybox', 'shop.local:5000/a/b_c:v1-x', `sha256:${'0'.repeat(64)}`, `a@sha256:12`])
        assert.equal(await opened.findImage(text), undefined, text);
      assert.equal(asked.length, 4);
    } finally {
      engine.close();
      engine.closeAllConnections();
    }
  });
});
