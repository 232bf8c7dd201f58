import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
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
    await assert.rejects(open(file), { code: 'state-unusable' });
    assert.equal(await readFile(file, 'utf8'), 'precious');
  });

  it('is for this user alone, also where files are made for everybody in a directory that everybody reaches', async () => {
    await using temp = await openTempDirectory();
    const umask = process.umask(0);
    try {
      const directory = path.join(temp.path, 'open');
      await mkdir(directory, { mode: 0o777 });
      const file = path.join(directory, 'kitchen.sock');
      await using _served = await open(file);
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      assert.equal(process.umask(0), 0);
    } finally {
      process.umask(umask);
    }
  });

  it('is not taken from a program that serves it', async () => {
    await using temp = await openTempDirectory();
    const file = path.join(temp.path, 'kitchen.sock');
    const other = createServer().listen(file);
    await once(other, 'listening');
    await assert.rejects(open(file), { code: 'busy' });
    other.close();
  });

  /** A process that listens there, with room for one connection that it has not accepted. */
  const startServer = async (file: string): Promise<ChildProcess> => {
    const program = `require('node:net').createServer().listen({ path: ${JSON.stringify(file)}, backlog: 1 }, () => console.log(''))`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return child;
  };

  it('is taken by one of two that find it left by a killed program', async () => {
    await using temp = await openTempDirectory();
    const file = path.join(temp.path, 'kitchen.sock');
    const killed = await startServer(file);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const both = await Promise.allSettled([open(file), open(file)]);
    const served = both.flatMap(it => (it.status === 'fulfilled' ? [it.value] : []));
    assert.equal(served.length, 1);
    const client = connect(file);
    await once(client, 'connect');
    client.destroy();
    await served[0]?.[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(temp.path), []);
  });

  it('is not taken from a program that is too busy to answer', async function () {
    if (process.platform !== 'linux') this.skip();
    await using temp = await openTempDirectory();
    const file = path.join(temp.path, 'kitchen.sock');
    const busy = await startServer(file);
    busy.kill('SIGSTOP');
    const waiting = Array.from({ length: 4 }, () => connect(file).on('error', () => undefined));
    await assert.rejects(open(file), { code: 'busy' });
    for (const it of waiting) it.destroy();
    busy.kill('SIGKILL');
    await once(busy, 'exit');
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
