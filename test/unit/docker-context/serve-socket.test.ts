import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { serveSocket } from '../../../src/docker-context/serve-socket.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

describe('a socket that leads to a device', () => {
  const open = (file: string): ReturnType<typeof serveSocket> =>
    serveSocket(
      file,
      () => Promise.resolve(new PassThrough()),
      () => undefined,
    );

  it('replaces no file that is not a socket', async () => {
    await using temp = await openTempDirectory();
    const file = path.join(temp.path, 'kitchen.sock');
    await writeFile(file, 'precious');
    await assert.rejects(open(file), { code: 'EADDRINUSE' });
    assert.equal(await readFile(file, 'utf8'), 'precious');
  });

  it('is not taken from a program that serves it', async () => {
    await using temp = await openTempDirectory();
    const file = path.join(temp.path, 'kitchen.sock');
    const other = createServer().listen(file);
    await once(other, 'listening');
    await assert.rejects(open(file), { code: 'busy' });
    other.close();
  });

  it('passes bytes both ways, and is gone afterwards', async () => {
    await using temp = await openTempDirectory();
    const file = path.join(temp.path, 'kitchen.sock');
    {
      await using served = await open(file);
      const client = connect(served.path);
      client.write('ping');
      const [answer] = (await once(client, 'data')) as [Buffer];
      assert.equal(answer.toString(), 'ping');
    }
    await assert.rejects(readFile(file), { code: 'ENOENT' });
  });
});
