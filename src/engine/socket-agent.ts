import { Agent, type ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';

/** Opens one connection to the engine; throws OsError. */
export type OpenSocket = () => Promise<Duplex>;

/** Connections come from `open`, whatever they are made of. Sockets are kept for the next request, channels are not. */
export class SocketAgent extends Agent {
  readonly #open: OpenSocket;

  constructor(open: OpenSocket, options: { keepAlive: boolean }) {
    super({ keepAlive: options.keepAlive, maxFreeSockets: 8 });
    this.#open = open;
  }

  override createConnection(
    _options: ClientRequestArgs,
    callback: (error: Error | null, stream: Duplex) => void,
  ): null {
    this.#open().then(
      stream => callback(null, stream),
      // A caller that is told of an error looks at nothing else.
      (error: unknown) => callback(error as Error, undefined as unknown as Duplex),
    );
    return null;
  }
}
