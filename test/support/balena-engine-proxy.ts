import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface EngineProxy extends AsyncDisposable {
  readonly address: string;
}

/**
 * A device's engine that says it is balenaEngine. `onBuild` sees what a build asks for, while what it needs is there,
 * and before Docker, which knows nothing of volumes, gets to it;
 * `onPull` sees the headers of pulls.
 */
export async function openBalenaEngineProxy(
  engine: { address: string; port: number },
  onBuild: (query: URLSearchParams, headers: http.IncomingHttpHeaders) => Promise<void>,
  onPull: (headers: http.IncomingHttpHeaders) => void = () => undefined,
): Promise<EngineProxy> {
  const pass = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    const { method, url, headers } = request;
    const onward = http.request(
      { host: engine.address, port: engine.port, method, path: url, headers, agent: false },
      answer => {
        const isVersion = url?.endsWith('/version') === true;
        if (!isVersion) {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          response.flushHeaders();
          answer.pipe(response);
          return;
        }
        let text = '';
        answer.on('data', (data: Buffer) => (text += data.toString()));
        answer.on('end', () => {
          response.writeHead(200, { 'content-type': 'application/json' });
          response.end(JSON.stringify({ ...(JSON.parse(text) as object), Engine: 'balena-engine' }));
        });
      },
    );
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  };
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://engine');
    if (pathname.endsWith('/images/create')) onPull(request.headers);
    if (!pathname.endsWith('/build')) {
      pass(request, response);
      return;
    }
    onBuild(searchParams, request.headers).then(
      () => pass(request, response),
      (error: unknown) => response.destroy(error as Error),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port.toString()}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
