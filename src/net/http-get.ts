import { request } from 'node:http';

/** A device's answer to a GET, with its unparsed body. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

const longestBodyBytes = 1_000_000;

/**
 * GETs `path` from a device, on a connection of its own. Rejects when the port does not accept, when the answer is not
 * HTTP, when the body is over 1 MB, or with the signal's reason.
 */
export async function httpGet(
  address: string,
  port: number,
  path: string,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: address, port, path, signal, agent: false, timeout: 0 }, response => {
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      response.on('data', (chunk: Buffer) => {
        sizeBytes += chunk.length;
        if (sizeBytes > longestBodyBytes)
          outgoing.destroy(new Error(`more than ${longestBodyBytes.toString()} bytes`));
        else chunks.push(chunk);
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
