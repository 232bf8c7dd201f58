import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openTcp } from '../../src/net/tcp.ts';
import { trustOnFirstUse } from '../../src/ssh/connect/host-keys.ts';
import { openSshSession } from '../../src/ssh/connect/open-session.ts';
import type { SshSession } from '../../src/ssh/session.ts';
import { useOpenSshServer, type OpenSshServer } from '../support/openssh-server.ts';

const sizeBytes = 24_000_000;

describe('a connection whose server exchanges keys again after every 512 kB', function () {
  this.timeout(120_000);
  let server: OpenSshServer;
  useOpenSshServer(
    () => ({ isPasswordless: true, config: ['RekeyLimit 512K', 'LogLevel DEBUG1'] }),
    opened => void (server = opened),
  );

  const open = (): Promise<SshSession> =>
    openSshSession({
      address: '127.0.0.1',
      port: server.port,
      openSocket: signal => openTcp('127.0.0.1', server.port, signal),
      hostKeyName: `[127.0.0.1]:${server.port.toString()}`,
      authentication: { keyFiles: [], note: note => assert.fail(note) },
      hostKeys: trustOnFirstUse({
        file: path.join(server.directory, 'known_hosts'),
        onTrusted: () => undefined,
      }),
      signal: AbortSignal.timeout(120_000),
    });
  const exchanges = (): number => server.log().split('SSH2_MSG_NEWKEYS received').length - 1;

  it('carries 24 MB to a command and back, unchanged', async () => {
    const data = randomBytes(sizeBytes);
    const before = exchanges();
    await using session = await open();
    const process = await session.openCommand('cat');
    process.stderr.resume();
    const hash = createHash('sha256');
    await Promise.all([pipeline(Readable.from([data]), process.stdin), pipeline(process.stdout, hash)]);
    assert.deepEqual(await process.ended, { status: 0 });
    assert.equal(hash.digest('hex'), createHash('sha256').update(data).digest('hex'));
    assert.ok(exchanges() - before > 20, `${exchanges().toString()} key exchanges`);
  });

  it('carries 24 MB to a port of the device and back, while commands run beside', async () => {
    const echo = createServer({ allowHalfOpen: true }, socket => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const data = randomBytes(sizeBytes);
    await using session = await open();
    const stream = await session.openPort((echo.address() as AddressInfo).port);
    const hash = createHash('sha256');
    const passing = Promise.all([pipeline(Readable.from([data]), stream), pipeline(stream, hash)]);
    for (let i = 0; i < 10; i++)
      assert.deepEqual((await session.run(`exit ${i.toString()}`)).exit, { status: i });
    await passing;
    echo.close();
    assert.equal(hash.digest('hex'), createHash('sha256').update(data).digest('hex'));
  });
});
