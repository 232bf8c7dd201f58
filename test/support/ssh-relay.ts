// A TCP relay to the SSH port of a device that is cut at any point of the conversation, of which it understands nothing.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { resetSocket } from './faulty-relay.ts';

const sshPort = 22222;

export interface SshRelay extends AsyncDisposable {
  /** An address of this machine, at which the relay has the port of a device's SSH. */
  readonly address: string;
  /** Every connection is cut when this many pieces have passed, both ways together, and later ones too; undefined: none. */
  cutAfter(pieces: number | undefined): void;
  /** Pieces that have passed since `cutAfter`. */
  pieces(): number;
  hasFailed(): boolean;
}

export async function openSshRelay(host: string): Promise<SshRelay> {
  const sockets = new Set<Socket>();
  let [pieces, limit, isCut] = [0, Infinity, false];
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from
      .on('error', () => undefined)
      .on('close', () => {
        sockets.delete(from);
        to.destroy();
      })
      .on('data', (data: Buffer) => {
        if (isCut) return;
        pieces += 1;
        if (pieces < limit) {
          to.write(data);
          return;
        }
        isCut = true;
        for (const socket of sockets) resetSocket(socket);
      });
  };
  const server = createServer(client => {
    if (isCut) {
      resetSocket(client);
      return;
    }
    const device = connect(sshPort, host);
    pass(client, device);
    pass(device, client);
  });
  // Several runs side by side have an address each.
  const address = ['127.77', (process.pid >> 8) & 255, process.pid & 255].join('.');
  server.listen(sshPort, address);
  await once(server, 'listening');
  return {
    address,
    cutAfter(number) {
      [pieces, limit, isCut] = [0, number ?? Infinity, false];
    },
    pieces: () => pieces,
    hasFailed: () => isCut,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
