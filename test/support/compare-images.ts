/** What an image is made of, in a form that two of them can be compared in. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';

async function ask(engine: string, path: string, method = 'GET', body?: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${engine}${path}`, {
    method,
    ...(body === undefined ? {} : { headers, body: JSON.stringify(body) }),
  });
}

/** Every file with all that is said of it, by its name. */
async function readFileSystem(engine: string, image: string): Promise<Record<string, string>> {
  const made = await ask(engine, '/containers/create', 'POST', { Image: image, Entrypoint: ['-'] });
  const { Id } = (await made.json()) as { Id: string };
  try {
    const { body } = await ask(engine, `/containers/${Id}/export`);
    const files: Record<string, string> = {};
    const reader = extract();
    Readable.fromWeb(body as never).pipe(reader);
    for await (const entry of reader) {
      const { name, type, mode, uid, gid, linkname, pax } = entry.header;
      const hash = createHash('sha256');
      for await (const chunk of entry) hash.update(chunk as Buffer);
      const attributes = Object.entries(pax ?? {}).filter(([key]) => key.startsWith('SCHILY.xattr'));
      files[name] = JSON.stringify([type, mode, uid, gid, linkname, hash.digest('hex'), attributes]);
    }
    return files;
  } finally {
    await ask(engine, `/containers/${Id}?v=1&force=1`, 'DELETE');
  }
}

export interface ImageContent {
  readonly files: Record<string, string>;
  /** Without the image that it was built on. */
  readonly config: Record<string, unknown>;
}

export async function readImage(engine: string, image: string): Promise<ImageContent> {
  const inspected = (await (await ask(engine, `/images/${image}/json`)).json()) as {
    Config: Record<string, unknown>;
  };
  const { Image: _, ...config } = inspected.Config;
  return { files: await readFileSystem(engine, image), config };
}
