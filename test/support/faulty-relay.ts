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
  /** One request: that with this place among those that `seen` tells. */
  | ({ readonly do: 'cut'; readonly point: CutPoint } & RequestPlace)
  /** The rest of the request is held back for as long as the connection lasts. */
  | { readonly do: 'stall'; readonly request: RegExp; readonly afterBytes: number }
  /** The engine is not asked; this is the answer, status 200. */
  | { readonly do: 'answer'; readonly request: RegExp; readonly body: string };

/**
 * Before the engine gets the request, within its body, when the engine has begun to answer, or when it has answered all but the
 * end.
 */
export type CutPoint = 'before' | 'within' | 'after' | 'end';

/** A request of a command, by which the same one is found when the command runs again: other ids, and another order of some. */
export interface RequestPlace {
  /** The request line without ids. */
  readonly line: string;
  /** Counted from 1: of the requests with this line. */
  readonly occurrence: number;
}

export interface SeenRequest extends RequestPlace {
  /** Whether a part of its body came after its head. */
  readonly hasBody: boolean;
  /** Whether the answer came in chunks, with an end that says that it is whole. */
  readonly hasEnd: boolean;
}

export interface FaultyRelay extends AsyncDisposable {
  readonly port: number;
  /** What goes wrong from now on; undefined: nothing does. */
  fault: Fault | undefined;
  /** Whether the fault has come. */
  hasFailed(): boolean;
  /** Request lines since the fault was set, in order. */
  requests(): readonly string[];
  /** The same, by their places. */
  seen(): readonly SeenRequest[];
}

const requestLine = /^(?:GET|POST|PUT|DELETE|HEAD) \S+/;
const lastChunk = /(?:^|\r\n)0\r\n\r\n$/;

const placeOf = (line: string): string =>
  line.replace(/^(POST \S+\/volumes\/create\?Name=[^&]+).*/, '$1').replace(/[0-9a-f]{8,}/g, 'ID');

const isSame = (a: RequestPlace, b: RequestPlace | undefined): boolean =>
  a.line === b?.line && a.occurrence === b.occurrence;

/** Node never closes a socket that is reset while it is being ended. */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export async function openFaultyRelay(host: string, port: number): Promise<FaultyRelay> {
  const sockets = new Set<Socket>();
  const state = {
    fault: undefined as Fault | undefined,
    isCut: false,
    hasFailed: false,
    requests: [] as string[],
    seen: [] as Writable<SeenRequest>[],
  };
  const see = (request: string): Writable<SeenRequest> => {
    const line = placeOf(request);
    const occurrence = state.seen.filter(it => it.line === line).length + 1;
    const seen = { line, occurrence, hasBody: false, hasEnd: false };
    state.requests.push(request);
    state.seen.push(seen);
    return seen;
  };
  const cut = (): void => {
    state.isCut = true;
    state.hasFailed = true;
    for (const socket of sockets) resetSocket(socket);
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
    /** The last request of this connection. */
    let last: Writable<SeenRequest> | undefined;
    client.on('data', (data: Buffer) => {
      const begun = requestLine.exec(data.toString('latin1', 0, 4096))?.[0];
      if (begun !== undefined) {
        [request, requestBytes] = [begun, 0];
        last = see(begun);
      } else if (last !== undefined) last.hasBody = true;
      requestBytes += data.length;
      const { fault } = state;
      if (fault !== undefined && 'line' in fault && isSame(fault, last)) {
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
      const isEnd = lastChunk.test(data.toString('latin1', Math.max(0, data.length - 7)));
      if (last !== undefined && isEnd) last.hasEnd = true;
      if (fault?.do === 'cut') {
        const isNow =
          'line' in fault
            ? isSame(fault, last) && (fault.point === 'after' || (fault.point === 'end' && isEnd))
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
    if (state.isCut) resetSocket(client);
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
      Object.assign(state, { fault, isCut: false, hasFailed: false, requests: [], seen: [] });
    },
    hasFailed: () => state.hasFailed,
    requests: () => state.requests,
    seen: () => state.seen,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
