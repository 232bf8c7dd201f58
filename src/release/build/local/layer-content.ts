/** Reads a layer of a saved image in a form that an engine takes, and checks on the way that it is what its digests say. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { messageOf, OsError } from '../../../core/errors.ts';
import { splitDigest } from './oci-manifest.ts';
import type { SavedImage } from './saved-archive.ts';
import { unreadable, type Part } from './tar-members.ts';

/** Decompresses zstd, which engines do not. `path` is for messages. */
export type Unzstd = (compressed: {
  readonly path: string;
  readonly bytes: Readable;
  readonly signal: AbortSignal;
}) => AsyncIterable<Buffer>;

/** A layer in a form that the engine takes. */
export interface ReadyLayer {
  readonly sizeBytes: number;
  /** Throws OsError `host-unsuitable` at its end if it is not what its digests say. */
  read(): AsyncIterable<Buffer>;
}

export interface PrepareOptions {
  /** For decompressed layers. */
  readonly folder: string;
  readonly unzstd: Unzstd;
  readonly signal: AbortSignal;
}

type Compression = 'none' | 'gzip' | 'zstd' | 'other';

const magics: readonly (readonly [Exclude<Compression, 'none'>, Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  // bzip2 and xz: engines take them, and check the digest themselves.
  ['other', Buffer.from('BZh')],
  ['other', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a])],
];

async function detectCompression(image: SavedImage, part: Part): Promise<Compression> {
  const start = { ...part, sizeBytes: Math.min(8, part.sizeBytes) };
  for await (const head of image.read(start))
    for (const [name, magic] of magics) if (head.subarray(0, magic.length).equals(magic)) return name;
  return 'none';
}

interface ContentHash {
  /** Resolves when more can be taken. What is wrong with the content is told at its end. */
  update(piece: Buffer): Promise<void>;
  /** `sha256:…` of the content. */
  end(): Promise<string>;
}

function openPlainHash(): ContentHash {
  const hash = createHash('sha256');
  return {
    update: piece => {
      hash.update(piece);
      return Promise.resolve();
    },
    end: () => Promise.resolve(`sha256:${hash.digest('hex')}`),
  };
}

/** Of what a gzip stream contains. `end` rejects with what is wrong with the stream. */
function openGunzipHash(): ContentHash {
  const hash = createHash('sha256');
  const input = new PassThrough();
  const failed = new AbortController();
  const ended = pipeline(input, createGunzip(), async pieces => {
    for await (const piece of pieces) hash.update(piece as Buffer);
  });
  ended.catch(() => failed.abort());
  return {
    async update(piece) {
      const { signal } = failed;
      if (signal.aborted || input.write(piece)) return;
      await once(input, 'drain', { signal }).catch(() => undefined);
    },
    async end() {
      input.end();
      await ended;
      return `sha256:${hash.digest('hex')}`;
    },
  };
}

interface Expected {
  /** The layer, for messages. */
  readonly what: string;
  /** Of the pieces as they are; undefined if unknown. */
  readonly blobDigest?: string | undefined;
  /** Hash and digest of what the pieces contain; undefined where only the engine can tell. */
  readonly content?: { readonly hash: ContentHash; readonly digest: string } | undefined;
}

/** Passes the pieces on, and throws OsError `host-unsuitable` after the last one if they do not match a digest. */
async function* checkPieces(
  pieces: AsyncIterable<Buffer>,
  { what, blobDigest, content }: Expected,
): AsyncGenerator<Buffer> {
  const blob = blobDigest === undefined ? undefined : splitDigest(blobDigest);
  const blobHash = blob && createHash(blob.algorithm);
  const unlessDamaged = (error: unknown): never => {
    throw unreadable(`${what} is damaged (${messageOf(error)})`);
  };
  for await (const piece of pieces) {
    blobHash?.update(piece);
    await content?.hash.update(piece);
    yield piece;
  }
  if (blobHash !== undefined && blobHash.digest('hex') !== blob?.hex)
    throw unreadable(`${what} does not match its digest`);
  if (content !== undefined && (await content.hash.end().catch(unlessDamaged)) !== content.digest)
    throw unreadable(`${what} does not match its diffID in the configuration`);
}

/** Throws OsError `host-unsuitable` if the archive lacks the layer, or if one that has to be decompressed is damaged. */
export async function prepareLayer(
  image: SavedImage,
  i: number,
  { folder, unzstd, signal }: PrepareOptions,
): Promise<ReadyLayer> {
  const { part, blobDigest, diffId = '' } = image.layers[i] ?? {};
  const what = `layer ${(i + 1).toString()}`;
  if (part === undefined)
    throw new OsError('host-unsuitable', `Docker on this machine has not saved ${what} of the image`, {
      hint: 'build it again with --no-cache, or pull the image again',
    });
  const compression = await detectCompression(image, part);
  if (compression === 'zstd') {
    const file = path.join(folder, `layer-${i.toString()}.tar`);
    const stored = checkPieces(image.read(part), { what, blobDigest });
    const compressed = Readable.from(stored, { objectMode: false });
    let failure: unknown;
    compressed.on('error', error => (failure = error));
    const bytes = unzstd({ path: `${what} of the image`, bytes: compressed, signal });
    const content = checkPieces(bytes, { what, content: { hash: openPlainHash(), digest: diffId } });
    try {
      await pipeline(content, createWriteStream(file), { signal });
    } catch (error) {
      throw failure ?? error;
    }
    const { size } = await stat(file);
    return { sizeBytes: size, read: () => createReadStream(file) as AsyncIterable<Buffer> };
  }
  return {
    sizeBytes: part.sizeBytes,
    read() {
      const hash = compression === 'none' ? openPlainHash() : openGunzipHash();
      const content = compression === 'other' ? undefined : { hash, digest: diffId };
      return checkPieces(image.read(part), { what, blobDigest, content });
    },
  };
}
