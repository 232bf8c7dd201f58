/** HTTP of the stand-in, with what its body parser does: what is not sent as JSON is an empty object. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Locked } from '../apply/apply-target.ts';
import { answer, type HostActions, type Told } from './routes.ts';
import { Refusal, type StandIn } from '../stand-in.ts';
import { Crash, InvalidTarget } from '../target/target.ts';

const largestBodyBytes = 10_000_000;
/** Answered to everybody, in every mode. */
const open = ['/ping', '/v1/healthy', '/v1/blink'];

/** A body that is no JSON, or is too large. */
class BadBody extends Error {}

export function openServer(standIn: StandIn, host: HostActions, die: () => void): Server {
  return createServer((request, response) => {
    void handle(standIn, host, request, response).catch((error: unknown) => {
      if (!(error instanceof Crash)) standIn.options.complain(String(error));
      request.socket.destroy();
      if (error instanceof Crash) die();
    });
  });
}

async function handle(
  standIn: StandIn,
  host: HostActions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://device');
  if (open.includes(path)) {
    const isHealthy = path !== '/v1/healthy' || !standIn.needsKey;
    tell(response, { status: isHealthy ? 200 : 500, body: isHealthy ? 'OK' : 'Unhealthy' });
    return;
  }
  if (standIn.needsKey) {
    tell(response, { status: 401, body: 'Unauthorized' });
    return;
  }
  if (path === '/v2/local/logs') {
    response.writeHead(200);
    const end = standIn.logs.listen(line => response.write(line));
    response.on('close', end);
    return;
  }
  const { method = 'GET' } = request;
  try {
    const body = await readBody(request);
    const answered = await answer(standIn, host, { method, path, query, body });
    tell(response, answered ?? { status: 404, body: `Cannot ${method} ${path}` });
  } catch (error) {
    tell(response, refusalOf(error, path));
  }
}

/** The shapes in which versions and paths tell of a failure. */
function refusalOf(error: unknown, path: string): Told {
  const message = error instanceof Error ? error.message : String(error);
  const failed = (status: number): Told => ({ status, body: { status: 'failed', message } });
  if (error instanceof Crash) throw error;
  if (error instanceof InvalidTarget) return failed(400);
  if (error instanceof BadBody) return failed(503);
  if (error instanceof Refusal)
    return error.status === 404 ? { status: 404, body: message } : failed(error.status);
  if (!(error instanceof Locked)) return failed(503);
  if (path === '/v1/reboot' || path === '/v1/shutdown')
    return { status: 423, body: { Data: '', Error: message } };
  return path === '/v1/device/host-config' ? { status: 423, body: message } : failed(423);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= largestBodyBytes) chunks.push(chunk);
  }
  if (sizeBytes > largestBodyBytes) throw new BadBody('request entity too large');
  const isJson = /^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '');
  if (!isJson || sizeBytes === 0) return {};
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    const body: unknown = JSON.parse(text);
    // Its parser takes objects and lists alone.
    if (typeof body === 'object' && body !== null) return body;
    throw new BadBody(`Unexpected token '${text.charAt(0)}', ${JSON.stringify(text)} is not valid JSON`);
  } catch (error) {
    throw error instanceof BadBody
      ? error
      : new BadBody(error instanceof Error ? error.message : String(error));
  }
}

function tell(response: ServerResponse, { status, body }: Told): void {
  const isText = typeof body === 'string';
  const type = isText ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8';
  response.writeHead(status, { 'content-type': type }).end(isText ? body : JSON.stringify(body));
}
