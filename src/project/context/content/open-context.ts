import { finished } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { openBufferCollector } from '../../../core/collect-buffers.ts';
import {
  ContextDigester,
  openEntryHash,
  rememberDigest,
  type ContextDigest,
  type DigestCache,
} from './digest-context.ts';
import type { ContextListing } from '../list-context.ts';
import { openInOrder } from './read-ahead.ts';
import { blockBytes, paddingOf } from '../../../files/tar-header.ts';
import { encodeHeader } from './tar-header.ts';

/** Pieces smaller than this go out together. */
const gatheredBytes = 64 * 1024;

export interface ContextProgress {
  /** Bytes of files that are on their way, and of all files as they were listed. */
  readonly sentBytes: number;
  readonly totalBytes: number;
}

export interface OpenContextOptions {
  readonly signal?: AbortSignal;
  /** Receives the digests of sent files. */
  readonly cache?: DigestCache;
  readonly onProgress?: (progress: ContextProgress) => void;
}

export interface OpenedContext extends AsyncDisposable {
  readonly stream: Readable;
  /** Returns the digest of the sent bytes, also if files changed since they were listed; undefined until the end. */
  sent(): ContextDigest | undefined;
}

/**
 * The context as a canonical tar: names in byte order without `./`, directories included, uid and gid 0, no owner
 * names, fixed times. Files are read only as fast as the stream is consumed. The stream fails with OsError
 * `project-invalid` when a file is missing or shorter than at its opening; it never ends as if it were complete.
 * Disposing it closes open files.
 */
export function openContext(listing: ContextListing, options: OpenContextOptions = {}): OpenedContext {
  const { signal } = options;
  const digester = new ContextDigester();
  let sent: ContextDigest | undefined;
  const chunks = async function* (): AsyncGenerator<Buffer> {
    const onPassed = openBufferCollector();
    for await (const piece of gather(writeTar(listing, digester, options))) {
      onPassed(piece);
      yield piece;
    }
    sent = digester.end();
  };
  const stream = Readable.from(chunks(), { objectMode: false, ...(signal ? { signal } : {}) });
  return {
    stream,
    sent: () => sent,
    async [Symbol.asyncDispose]() {
      stream.destroy();
      if (!stream.closed) await finished(stream, { error: false }).catch(() => undefined);
    },
  };
}

async function* writeTar(
  listing: ContextListing,
  digester: ContextDigester,
  { signal, cache, onProgress }: OpenContextOptions,
): AsyncGenerator<Buffer> {
  let sentBytes = 0;
  for await (const { entry, file } of openInOrder(listing.entries)) {
    const sizeBytes = file?.sizeBytes ?? 0;
    const hash = openEntryHash(entry, sizeBytes);
    yield encodeHeader(entry, sizeBytes);
    for await (const chunk of file?.chunks() ?? []) {
      signal?.throwIfAborted();
      hash.update(chunk);
      sentBytes += chunk.length;
      onProgress?.({ sentBytes, totalBytes: listing.sizeBytes });
      yield chunk;
    }
    yield paddingOf(sizeBytes);
    const digest = hash.digest('hex');
    rememberDigest(cache, entry, digest);
    digester.add(entry, digest);
  }
  yield Buffer.alloc(2 * blockBytes);
}

/** Joins small pieces into larger ones, since each piece costs time further on. */
async function* gather(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    waitingBytes += piece.length;
    if (waitingBytes < gatheredBytes) continue;
    // A large piece is not worth copying.
    if (piece.length >= gatheredBytes) waiting.pop();
    if (waiting.length > 0) yield Buffer.concat(waiting);
    if (piece.length >= gatheredBytes) yield piece;
    waiting = [];
    waitingBytes = 0;
  }
  if (waiting.length > 0) yield Buffer.concat(waiting);
}
