import type { Client } from 'ssh2';
import { OsError } from '../../core/errors.ts';
import { awaitAnswer } from '../await-answer.ts';
import type { ChannelOptions } from '../process/open-channel.ts';
import type { OfferedConnection, SshSession } from '../session.ts';

/** Ports on which a device's SSH server listens for this client. */
export function openRemoteListeners(
  client: Client,
  { where, timeoutMs, lost }: ChannelOptions,
): Pick<SshSession, 'listenOn' | 'stopListening'> {
  const handlers = new Map<string, (connection: OfferedConnection) => void>();
  const keyOf = (address: string, port: number): string => `${address} ${port.toString()}`;
  client.on('tcp connection', ({ destIP, destPort }, accept, reject) => {
    const onConnection = handlers.get(keyOf(destIP, destPort));
    if (onConnection === undefined) reject();
    else onConnection({ accept: () => accept(), refuse: () => reject() });
  });

  /** Sends a request and waits for the answer; `connection-lost` if none comes any more. */
  const ask = async (request: (done: (error?: Error | null) => void) => void): Promise<Error | undefined> => {
    const reason = lost();
    if (reason !== undefined) throw reason;
    const gone = (cause?: unknown): OsError =>
      lost() ?? new OsError('connection-lost', `the connection to ${where} is lost`, { cause });
    let onClose = (): void => undefined;
    try {
      return await awaitAnswer<Error | undefined>(
        (resolve, reject) => {
          onClose = () => reject(gone());
          client.once('close', onClose);
          request(error => resolve(error ?? undefined));
        },
        { where, timeoutMs, onLate: () => undefined },
      );
    } catch (error) {
      // The library notices first that the socket is gone, and says so later.
      throw error instanceof OsError ? error : gone(error);
    } finally {
      client.off('close', onClose);
    }
  };

  return {
    async listenOn(address, port, onConnection) {
      const key = keyOf(address, port);
      handlers.set(key, onConnection);
      const error = await ask(done => client.forwardIn(address, port, done));
      if (error === undefined) return;
      handlers.delete(key);
      throw new OsError(
        'host-refused',
        `the SSH server of ${where} does not listen on port ${port.toString()}`,
        {
          cause: error,
          hint: 'another program has the port, or its configuration forbids it: AllowTcpForwarding, PermitListen',
        },
      );
    },
    async stopListening(address, port) {
      handlers.delete(keyOf(address, port));
      await ask(done => client.unforwardIn(address, port, done));
    },
  };
}
