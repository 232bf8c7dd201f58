// A TCP relay to an engine that fails as networks and engines do, at a point of the conversation that a test names.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What happens when a request line (`POST /v1.41/build?…`) or a piece of an answer matches. */
export type Fault =
  /** Every connection is cut, later ones too, until the relay is mended. `isPassed`: the engine gets the request, and does it. */
  | {
      readonly do: 'cut';
      readonly request: RegExp;
      readonly afterBytes?: number;
      readonly isPassed?: boolean;
    }
  | { readonly do: 'cut'; readonly answer: RegExp }
  /**
   * The request `number`, counted from 1 on: cut before the engine gets it, within its body (not at all if that comes with the
   * head), or when the engine has begun to answer.
   */
  | { readonly do: 'cut'; readonly number: number; readonly point: 'before' | 'within' | 'after' }
  /** The rest of the request is held back for as long as the connection lasts. */
  | { readonly do: 'stall'; readonly request: RegExp; readonly afterBytes: number }
  /** The engine is not asked; this is the answer, status 200. */
  | { readonly do: 'answer'; readonly request: RegExp; readonly body: string };

export interface FaultyRelay extends AsyncDisposable {
  readonly port: number;
  /** What goes wrong from now on; undefined: nothing does. */
  fault: Fault | undefined;
  /** Whether the fault has come. */
  hasFailed(): boolean;
  /** Request lines since the fault was set, in order. */
  requests(): readonly string[];
}

const requestLine = /^(?:GET|POST|PUT|DELETE|HEAD) \S+/;

export async function openFaultyRelay(host: string, port: number): Promise<FaultyRelay> {
  const sockets = new Set<Socket>();
  const state = {
    fault: undefined as Fault | undefined,
    isCut: false,
    hasFailed: false,
    requests: [] as string[],
  };
  const cut = (): void => {
    state.isCut = true;
    state.hasFailed = true;
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const relay = (client: Socket): void => {
    const engine = connect(port, host);
    for (const socket of [client, engine]) {
      sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(socket);
          (socket === client ? engine : client).destroy();
        });
    }
    let request = '';
    let requestBytes = 0;
    /** Of the last request of this connection. */
    let number = 0;
    client.on('data', (data: Buffer) => {
      const begun = requestLine.exec(data.toString('latin1', 0, 4096))?.[0];
      if (begun !== undefined) {
        [request, requestBytes] = [begun, 0];
        number = state.requests.push(begun);
      }
      requestBytes += data.length;
      const { fault } = state;
      if (fault !== undefined && 'number' in fault && fault.number === number) {
        const isNow = fault.point === 'before' || (fault.point === 'within' && begun === undefined);
        if (isNow) cut();
        else engine.write(data);
        return;
      }
      if (fault === undefined || !('request' in fault) || !fault.request.test(request)) {
        engine.write(data);
        return;
      }
      if (fault.do === 'answer') {
        if (begun === undefined) return;
        state.hasFailed = true;
        const length = Buffer.byteLength(fault.body).toString();
        client.write(
          `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${fault.body}`,
        );
        return;
      }
      if (requestBytes < (fault.afterBytes ?? 0)) {
        engine.write(data);
        return;
      }
      if (fault.do === 'stall') {
        state.hasFailed = true;
        client.pause();
      } else if (fault.isPassed === true) engine.write(data);
      else cut();
    });
    engine.on('data', (data: Buffer) => {
      const { fault } = state;
      if (fault?.do === 'cut') {
        const isNow =
          'number' in fault
            ? fault.point === 'after' && fault.number === number
            : 'answer' in fault
              ? fault.answer.test(data.toString())
              : fault.isPassed === true && fault.request.test(request);
        if (isNow) {
          cut();
          return;
        }
      }
      client.write(data);
    });
  };
  const server = createServer(client => {
    if (state.isCut) client.resetAndDestroy();
    else relay(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get fault() {
      return state.fault;
    },
    set fault(fault) {
      Object.assign(state, { fault, isCut: false, hasFailed: false, requests: [] });
    },
    hasFailed: () => state.hasFailed,
    requests: () => state.requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
