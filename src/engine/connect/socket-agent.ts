import { Agent, type ClientRequest, type ClientRequestArgs, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import type { OpenSocket } from './open-socket.ts';
import { Pulse } from './pulse.ts';

type AddRequest = (request: ClientRequest, ...others: unknown[]) => void;

/** The way of node:http to hand a request to its agent, which its types leave out. */
const { addRequest } = Agent.prototype as unknown as { readonly addRequest: AddRequest };

/**
 * Opens connections with `open`, whatever the transport. Sockets are reused for the next request, channels are not. With
 * `silent`, all of them are broken off with the error that it makes where the other end hangs.
 */
export class SocketAgent extends Agent {
  readonly #open: OpenSocket;
  /** Connections that are open. */
  readonly #streams = new Set<Duplex>();
  readonly #silent: (() => Error) | undefined;
  readonly #pulse: Pulse | undefined;
  #isDestroyed = false;

  constructor(open: OpenSocket, options: { readonly keepAlive: boolean; readonly silent?: () => Error }) {
    super({ keepAlive: options.keepAlive, maxFreeSockets: 8 });
    this.#open = open;
    const { silent } = options;
    this.#silent = silent;
    if (silent === undefined) return;
    this.#pulse = new Pulse(open, () => {
      for (const stream of this.#streams) stream.destroy(silent());
    });
  }

  /**
   * The HTTP client of dockerode follows a redirect to any address, and throws outside of all promises where it makes no sense of
   * one. A request is for this engine alone, so a redirect loses its destination before the client reads it.
   */
  addRequest(request: ClientRequest, ...others: unknown[]): void {
    request.prependListener('response', ({ headers }: IncomingMessage) => {
      delete headers.location;
    });
    this.#pulse?.begin();
    request.once('close', () => this.#pulse?.end());
    addRequest.call(this, request, ...others);
  }

  /** The reason why connections were broken off; undefined where none were, or the other end has answered since. */
  brokenBy(): Error | undefined {
    return this.#pulse?.isSilent === true ? this.#silent?.() : undefined;
  }

  override createConnection(
    _options: ClientRequestArgs,
    callback: (error: Error | null, stream: Duplex) => void,
  ): null {
    this.#open().then(
      stream => {
        if (!this.#isDestroyed) {
          this.#streams.add(stream);
          stream.once('close', () => this.#streams.delete(stream));
          callback(null, stream);
          return;
        }
        stream.destroy();
        callback(new Error('the engine was closed'), stream);
      },
      // The caller ignores the second argument if there is an error.
      (error: unknown) => callback(error as Error, undefined as unknown as Duplex),
    );
    return null;
  }

  /**
   * docker-modem renders each request, its agent included, as text for a debug log, also where that is off. All sockets of an
   * agent take several milliseconds, a fifth of what a push computes.
   */
  [inspect.custom](): string {
    return 'SocketAgent';
  }

  /** Also destroys connections that are being opened, which would keep the process alive. */
  override destroy(): void {
    this.#isDestroyed = true;
    super.destroy();
  }
}
