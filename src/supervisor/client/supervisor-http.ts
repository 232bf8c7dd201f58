/** The supervisor's HTTP: types of requests and answers, and requests over a connection that the caller opens. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';

export interface SupervisorRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  /** Sent as JSON. A POST and a PATCH always have one: without it the supervisor reads an empty object. */
  readonly body?: unknown;
  /** The whole exchange may take this long. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface SupervisorAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export interface SupervisorHttp {
  /** Resolves with any answer that is HTTP, whatever its status. Rejects when none comes in time, or a body over 16 MB. */
  send(request: SupervisorRequest): Promise<SupervisorAnswer>;
  /** Like `send`, for an answer without an end; `timeoutMs` applies until its head has arrived. */
  open(
    request: SupervisorRequest,
  ): Promise<{ readonly status: number; readonly body: AsyncIterable<Buffer> }>;
}

const largestBodyBytes = 16_000_000;

/**
 * HTTP on connections of `connect`: TCP to the device, or a channel of an SSH session. Each request has its own
 * connection, as the supervisor's firewall and its restarts make old ones worthless.
 */
export function openSupervisorHttp(connect: (signal: AbortSignal) => Promise<Duplex>): SupervisorHttp {
  return {
    async send(request) {
      using deadline = openDeadline(request.signal, request.timeoutMs);
      try {
        const response = await exchange(connect, request, deadline.signal);
        return { status: response.statusCode ?? 0, body: await readBody(response) };
      } catch (error) {
        // A body that the deadline cuts off fails as one that the supervisor breaks off.
        const isLate = isTimeout(deadline.signal.reason);
        throw toFailure(isLate ? deadline.signal.reason : error, request);
      }
    },
    async open(request) {
      // The deadline is for the head alone: a stream that is silent for long is in order.
      const deadline = new AbortController();
      const timer = setTimeout(() => {
        deadline.abort(new DOMException('no answer', 'TimeoutError'));
      }, request.timeoutMs);
      const signal = AbortSignal.any([request.signal, deadline.signal]);
      try {
        const response = await exchange(connect, request, signal);
        return { status: response.statusCode ?? 0, body: readStream(response, request) };
      } catch (error) {
        throw toFailure(error, request);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

async function exchange(
  connect: (signal: AbortSignal) => Promise<Duplex>,
  { method, path, body }: SupervisorRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const socket = await connect(signal);
  const payload = method === 'GET' ? undefined : Buffer.from(JSON.stringify(body ?? {}));
  return await new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      createConnection: () => socket,
      method,
      path,
      signal,
      host: 'supervisor',
      headers:
        payload === undefined
          ? {}
          : {
              // Any other type makes supervisors from 13 on read an empty body, and an empty target removes every service.
              'content-type': 'application/json',
              'content-length': payload.length,
            },
    });
    outgoing.on('response', resolve);
    outgoing.on('error', error => {
      socket.destroy();
      reject(error);
    });
    outgoing.end(payload);
  });
}

/** Throws as `send` does if the stream breaks off. */
async function* readStream(
  response: IncomingMessage,
  request: SupervisorRequest,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* response as AsyncIterable<Buffer>;
  } catch (error) {
    throw toFailure(error, request);
  }
}

async function readBody(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > largestBodyBytes) throw new Error('its answer is over 16 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';

const errnoOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** An abort by the caller is passed on unchanged; any other failure names the request. */
function toFailure(error: unknown, { method, path, signal, timeoutMs }: SupervisorRequest): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof OsError) return error;
  const what = `${method} ${path}`;
  const seconds = (timeoutMs / 1000).toString();
  if (isTimeout(error) || (error instanceof Error && error.name === 'AbortError'))
    return new OsError('connection-lost', `the supervisor does not answer ${what} within ${seconds} s`, {
      cause: error,
      hint: 'look at its log: os services DEVICE supervisor --logs',
    });
  if (errnoOf(error) === 'ECONNREFUSED')
    return new OsError('device-unreachable', 'the supervisor refuses the connection on port 48484', {
      cause: error,
      hint: 'it restarts, or local mode is off: os info DEVICE says which',
    });
  const words = error instanceof Error ? error.message : String(error);
  return new OsError('connection-lost', `the supervisor breaks off ${what}: ${words}`, { cause: error });
}
