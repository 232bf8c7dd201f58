import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { Engine } from '../../../../src/engine/engine.ts';
import { openEngine } from '../../../../src/engine/open-engine.ts';

const [directory, link, file, device] = [2 ** 31 + 0o755, 2 ** 27 + 0o777, 0o644, 2 ** 26 + 2 ** 21 + 0o666];
const stats: Readonly<Record<string, { mode: number; linkTarget: string }>> = {
  '/app': { mode: directory, linkTarget: '' },
  '/app/a': { mode: file, linkTarget: '' },
  '/dev/null': { mode: device, linkTarget: '' },
  '/file-link': { mode: link, linkTarget: '/app/a' },
  '/': { mode: directory, linkTarget: '' },
  '/current': { mode: link, linkTarget: '/app' },
};

describe('a path of a container', () => {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://engine').searchParams.get('path') ?? '';
    const stat = stats[path];
    // As the engine answers below a file, and where its storage fails.
    if (/^\/(app\/a|file-link)\/|^\/app\/broken/.test(path)) response.statusCode = 500;
    else if (stat === undefined) response.statusCode = 404;
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

  const open = (): Promise<Engine> =>
    openEngine({
      where: 'board',
      openSocket: () => Promise.resolve(net.connect((server.address() as AddressInfo).port, '127.0.0.1')),
      keepAlive: false,
      engineApi: '1.41',
    });

  for (const [path, expected] of [
    ['/app', { kind: 'directory' }],
    ['/app/a', { kind: 'other' }],
    ['/dev/null', { kind: 'special' }],
    ['/current', { kind: 'symlink', leadsTo: '/app' }],
    ['/gone', undefined],
    ['/app/a/b', undefined],
    ['/app/a/b/c/d', undefined],
    ['/file-link/b', undefined],
  ] as const)
    it(`is reported as ${expected?.kind ?? 'nothing'} where ${path} is asked for`, async () => {
      await using engine = await open();
      assert.deepEqual(await engine.statPath('1', path, AbortSignal.timeout(10_000)), expected);
    });

  it('that the engine fails to read, though a directory is above it, is no missing one', async () => {
    await using engine = await open();
    for (const path of ['/app/broken', '/app/broken/a'])
      await assert.rejects(engine.statPath('1', path, AbortSignal.timeout(10_000)), {
        code: 'engine-refused',
      });
  });
});
