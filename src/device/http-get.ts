import { request } from 'node:http';

/** A device's answer to a GET; the body is what it sent, whatever that is. */
export interface HttpAnswer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

const longestBodyBytes = 1_000_000;

/**
 * GETs `path` from a device, on a connection of its own. Rejects when the port does not accept, when what answers is
 * not HTTP, when the body is over 1 MB, or with the signal's reason.
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

/** `value[key]` when that is a non-empty string; null for anything else a device may send. */
export function textAt(value: unknown, key: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const found = (value as Record<string, unknown>)[key];
  return typeof found === 'string' && found !== '' ? found : null;
}

/** Parsed JSON, or undefined where the text is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
