import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { openEngine } from '../../../../src/engine/open-engine.ts';

const [directory, link, file, device] = [2 ** 31 + 0o755, 2 ** 27 + 0o777, 0o644, 2 ** 26 + 2 ** 21 + 0o666];
const stats: Readonly<Record<string, { mode: number; linkTarget: string }>> = {
  '/app': { mode: directory, linkTarget: '' },
  '/app/a': { mode: file, linkTarget: '' },
  '/dev/null': { mode: device, linkTarget: '' },
  '/current': { mode: link, linkTarget: '/app' },
};

describe('a path of a container', () => {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://engine').searchParams.get('path') ?? '';
    const stat = stats[path];
    if (stat === undefined) response.statusCode = 404;
    else
      response.setHeader(
        'X-Docker-Container-Path-Stat',
        Buffer.from(JSON.stringify(stat)).toString('base64'),
      );
    response.end();
  });
  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  for (const [path, expected] of [
    ['/app', { kind: 'directory' }],
    ['/app/a', { kind: 'other' }],
    ['/dev/null', { kind: 'special' }],
    ['/current', { kind: 'symlink', leadsTo: '/app' }],
    ['/gone', undefined],
  ] as const)
    it(`is reported as ${expected?.kind ?? 'nothing'} where ${path} is asked for`, async () => {
      await using engine = await openEngine({
        where: 'board',
        openSocket: () => Promise.resolve(net.connect((server.address() as AddressInfo).port, '127.0.0.1')),
        keepAlive: false,
        engineApi: '1.41',
      });
      assert.deepEqual(await engine.statPath('1', path, AbortSignal.timeout(10_000)), expected);
    });
});
