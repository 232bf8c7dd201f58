/** Decompression as a stream. Damage and truncation end it with OsError `image-invalid`. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import nodePath from 'node:path';
import { Readable, type Transform } from 'node:stream';
import zlib from 'node:zlib';
import { errnoOf, messageOf, OsError } from '../../core/errors.ts';
import { decodeZstdFrames } from './zstd-frames.ts';

/** Node's default of 16 KiB halves the speed. */
const chunkSize = 1024 * 1024;

export interface Compressed {
  /** For messages. */
  readonly path: string;
  readonly bytes: Readable;
  readonly signal: AbortSignal;
}

const damaged = (path: string, cause: unknown): OsError =>
  new OsError('image-invalid', `${path} is damaged: ${messageOf(cause)}`, {
    hint: 'download it again',
    cause,
  });

/** True for the words of decoders about a window or dictionary that is larger than they accept, which is no damage. */
const isTooLarge = (reason: string): boolean => /\bmemory\b|\berror code 4$/i.test(reason);

const tooLarge = (path: string, cause: unknown): OsError =>
  new OsError(
    'image-invalid',
    `cannot read ${path}: it was compressed so that unpacking takes too much memory`,
    {
      hint: 'unpack it with `xz -d` or `zstd -d --long=31`, or compress it without --extreme or --long',
      cause,
    },
  );

async function* through({ bytes, path }: Compressed, transform: Transform): AsyncGenerator<Buffer> {
  bytes.on('error', error => transform.destroy(error));
  bytes.pipe(transform);
  try {
    for await (const chunk of transform) yield chunk as Buffer;
  } catch (error) {
    if (isTooLarge(messageOf(error))) throw tooLarge(path, error);
    if (/^(Z_|ERR_ZLIB|ZSTD_|ERR__ZLIB)/.test(errnoOf(error) ?? '')) throw damaged(path, error);
    throw error;
  } finally {
    bytes.destroy();
    transform.destroy();
  }
}

export const gunzip = (compressed: Compressed): AsyncGenerator<Buffer> =>
  through(compressed, zlib.createGunzip({ chunkSize }));

export const inflateRaw = (compressed: Compressed): AsyncGenerator<Buffer> =>
  through(compressed, zlib.createInflateRaw({ chunkSize }));

/** True if `name` is a program on the PATH. */
function hasProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(nodePath.delimiter).some(directory => {
    try {
      accessSync(nodePath.join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function* byProgram(
  { bytes, path }: Compressed,
  name: string,
  args: readonly string[],
): AsyncGenerator<Buffer> {
  const child = spawn(name, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('close', resolve);
    child.on('error', reject);
  });
  closed.catch(() => undefined);
  let talk = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => (talk = (talk + part).slice(-2000)));
  let readFailure: Error | undefined;
  bytes.on('error', error => {
    readFailure = error;
    child.kill();
  });
  // The program may end before it has read everything; its own error is on stderr.
  child.stdin.on('error', () => undefined);
  bytes.pipe(child.stdin);
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    const code = await closed;
    if (readFailure !== undefined) throw readFailure;
    const reason = talk
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^\S+: /, '')
      .replace(/^[^:]*: /, '');
    if (code !== 0 && isTooLarge(talk)) throw tooLarge(path, talk);
    if (code !== 0) throw damaged(path, reason ?? `${name} ends with ${String(code)}`);
  } finally {
    bytes.destroy();
    child.kill();
    await closed.catch(() => undefined);
  }
}

async function* byWebAssembly({ bytes, path }: Compressed): AsyncGenerator<Buffer> {
  const { XzReadableStream } = await import('xz-decompress');
  const stream = new XzReadableStream(Readable.toWeb(bytes) as ReadableStream<Uint8Array>);
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
  } catch (error) {
    const reason = messageOf(error);
    if (isTooLarge(reason)) throw tooLarge(path, error);
    if (/\berror code 6$/.test(reason))
      throw new OsError(
        'host-unsuitable',
        `cannot read ${path}: its checksums are of a kind that xz alone knows`,
        {
          hint: 'install the program xz',
          cause: error,
        },
      );
    throw damaged(path, error);
  } finally {
    await reader.cancel().catch(() => undefined);
    bytes.destroy();
  }
}

/** The program is more than twice as fast, and knows every kind of check. */
export const unxz = (compressed: Compressed): AsyncGenerator<Buffer> =>
  hasProgram('xz')
    ? byProgram(compressed, 'xz', ['-dc', '--memlimit-decompress=300MiB'])
    : byWebAssembly(compressed);

type CreateDecoder = (options: { readonly chunkSize: number }) => Transform;

async function* byFrames({ bytes, path, signal }: Compressed, create: CreateDecoder): AsyncGenerator<Buffer> {
  const decodeFrame = (frame: AsyncIterable<Buffer>): AsyncGenerator<Buffer> =>
    through({ path, bytes: Readable.from(frame), signal }, create({ chunkSize }));
  try {
    yield* decodeZstdFrames(bytes as AsyncIterable<Buffer>, decodeFrame);
  } catch (error) {
    throw error instanceof RangeError ? damaged(path, error) : error;
  } finally {
    bytes.destroy();
  }
}

/** Throws OsError `host-unsuitable` if Node is older than 22.15. */
export function unzstdByNode(compressed: Compressed): AsyncGenerator<Buffer> {
  const { createZstdDecompress } = zlib as { readonly createZstdDecompress?: CreateDecoder };
  if (createZstdDecompress !== undefined) return byFrames(compressed, createZstdDecompress);
  throw new OsError('host-unsuitable', `cannot read ${compressed.path}: this Node.js has no zstd`, {
    hint: 'install the program zstd, or use Node.js 22.15 or newer',
  });
}

/** Uses the program, else Node itself. */
export const unzstd = (compressed: Compressed): AsyncGenerator<Buffer> =>
  hasProgram('zstd') ? byProgram(compressed, 'zstd', ['-dcq', '--no-progress']) : unzstdByNode(compressed);

export const unxzWithoutProgram = byWebAssembly;
