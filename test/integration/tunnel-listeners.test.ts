import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { openLocalPorts } from '../../src/tunnel/open-listeners.ts';
import type { PortRequest } from '../../src/tunnel/port-words.ts';

const request = (localPort: number): PortRequest => ({ service: 'web', port: 80, localPort });

const open = (localPorts: readonly number[], bind?: string) =>
  openLocalPorts(localPorts.map(request), {
    bind,
    onConnection: socket => void socket.destroy(),
    findHolder: address => Promise.resolve(`holder of ${address}`),
  });

async function listening(host: string, port = 0): Promise<Server & AsyncDisposable> {
  const server = createServer().listen({ host, port, exclusive: true });
  await once(server, 'listening');
  return Object.assign(server, {
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  });
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** A port that nothing has had. */
async function freePort(): Promise<number> {
  await using server = await listening('::1');
  return portOf(server);
}

const isRefused = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', () => resolve(true));
  });

describe('the ports of this machine that a tunnel opens', () => {
  it('are none where one of them is taken, in either family of addresses, and its holder is named', async () => {
    for (const address of ['127.0.0.1', '::1']) {
      await using taken = await listening(address);
      const other = await freePort();
      await assert.rejects(open([other, portOf(taken)]), {
        code: 'busy',
        message: `port ${portOf(taken).toString()} of this machine is in use by holder of ${address} (${address})`,
      });
      assert.ok(await isRefused(other));
    }
  });

  it('are the same in both families, also where the system chooses them', async () => {
    await using ports = await open([0]);
    assert.deepEqual(ports[0]?.addresses, ['127.0.0.1', '::1']);
    for (const address of ports[0].addresses) {
      const socket = connect(ports[0].port, address);
      await once(socket, 'connect');
      socket.destroy();
    }
  });

  it('are refused on an address that is not of this machine', async () => {
    await assert.rejects(open([0], '192.0.2.1'), {
      code: 'usage',
      message: '192.0.2.1 is no address of this machine',
    });
  });
});
