import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { openTcp } from '../../src/net/tcp.ts';
import { openSshSession } from '../../src/ssh/connect/open-session.ts';
import { exitStatusOf } from '../../src/ssh/process/remote-exit.ts';
import { trustOnFirstUse } from '../../src/ssh/connect/host-keys.ts';
import type { SshSession } from '../../src/ssh/session.ts';
import { useOpenSshServer, type OpenSshServer } from '../support/openssh-server.ts';

const openTo = (server: OpenSshServer): Promise<SshSession> =>
  openSshSession({
    address: '127.0.0.1',
    port: server.port,
    openSocket: signal => openTcp('127.0.0.1', server.port, signal),
    hostKeyName: `[127.0.0.1]:${server.port.toString()}`,
    authentication: { keyFiles: [], note: text => assert.fail(text) },
    hostKeys: trustOnFirstUse({
      file: path.join(server.directory, 'known_hosts'),
      onTrusted: () => undefined,
    }),
    signal: AbortSignal.timeout(60_000),
  });

describe('an SSH session', function () {
  this.timeout(60_000);
  let server: OpenSshServer;

  useOpenSshServer(
    () => ({ isPasswordless: true }),
    opened => void (server = opened),
  );

  it('runs a command and keeps stdout and stderr apart', async () => {
    await using session = await openTo(server);
    const { exit, stdout, stderr } = await session.run('printf out; printf err >&2');
    assert.deepEqual(exit, { status: 0 });
    assert.equal(stdout.toString(), 'out');
    assert.equal(stderr.toString(), 'err');
  });

  it('hands every exit status through', async () => {
    await using session = await openTo(server);
    const statuses = [0, 1, 2, 3, 4, 5, 42, 100, 126, 127, 128, 129, 130, 137, 200, 254, 255];
    for (const status of statuses)
      assert.deepEqual((await session.run(`exit ${status.toString()}`)).exit, { status });
  });

  it('reports death by a signal as the signal', async () => {
    await using session = await openTo(server);
    const { exit } = await session.run('kill -KILL $$');
    assert.deepEqual(exit, { signal: 'KILL' });
    assert.equal(exitStatusOf(exit), 137);
  });

  it('passes 50 MB of any bytes through stdin and stdout', async () => {
    await using session = await openTo(server);
    const data = randomBytes(50_000_000);
    const process = await session.exec('cat');
    const hash = createHash('sha256');
    process.stderr.resume();
    await Promise.all([pipeline(Readable.from([data]), process.stdin), pipeline(process.stdout, hash)]);
    assert.deepEqual(await process.ended, { status: 0 });
    assert.equal(hash.digest('hex'), createHash('sha256').update(data).digest('hex'));
  });

  it('ends a command whose stdin ends', async () => {
    await using session = await openTo(server);
    assert.equal((await session.run('wc -c', { input: 'four' })).stdout.toString().trim(), '4');
    assert.equal((await session.run('wc -c')).stdout.toString().trim(), '0');
  });

  it('carries 30 commands at once over one connection', async () => {
    await using session = await openTo(server);
    const before = server.log().split('Accepted none').length;
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, i) => session.run(`sleep 0.2; exit ${i.toString()}`)),
    );
    assert.deepEqual(
      results.map(({ exit }) => exit),
      Array.from({ length: 30 }, (_, status) => ({ status })),
    );
    assert.equal(server.log().split('Accepted none').length, before);
  });

  it('ends with connection-lost when the connection is cut', async () => {
    await using session = await openTo(server);
    const process = await session.exec('echo started; sleep 60');
    process.stderr.resume();
    process.stdout.once('data', () => server.killConnections());
    await assert.rejects(process.ended, { code: 'connection-lost' });
    await assert.rejects(session.run('true'), { code: 'connection-lost' });
    assert.equal(await readText(process.stdout), '');
  });
});
