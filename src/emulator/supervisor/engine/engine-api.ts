/** The device's engine over its socket, as little of it as the stand-in needs. */
import { request, type IncomingMessage } from 'node:http';

export interface EngineAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface EngineApi {
  /** Any answer, whatever its status. Rejects where the engine is not there. */
  ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<EngineAnswer>;
  open(path: string, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
}

export function openEngineApi(socketPath: string): EngineApi {
  const send = (
    method: string,
    path: string,
    body: unknown,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const headers = payload === undefined ? {} : { 'content-type': 'application/json' };
      const options = { socketPath, method, path, headers, ...(signal === undefined ? {} : { signal }) };
      request(options, resolve).on('error', reject).end(payload);
    });
  return {
    async ask(method, path, body) {
      const response = await send(method, path, body);
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
      return { status: response.statusCode ?? 0, body: parse(text) };
    },
    open: async (path, signal) => (await send('GET', path, undefined, signal)) as AsyncIterable<Buffer>,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
