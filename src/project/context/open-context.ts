import { finished } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type { Header, Pack } from 'tar-stream';
import {
  ContextDigester,
  openEntryHash,
  rememberDigest,
  type ContextDigest,
  type DigestCache,
} from './digest-context.ts';
import { modeOf, type ContextEntry } from './entry.ts';
import type { ContextListing } from './list-context.ts';
import { openInOrder } from './read-ahead.ts';
import type { OpenFile } from './read-file.ts';

/** Every entry carries the time that npm gives to files: one that zip, FAT and make can live with, and never now. */
const fixedTime = new Date('1985-10-26T08:15:00Z');

type Sink = ReturnType<Pack['entry']>;

export interface ContextProgress {
  /** Bytes of files that are on their way, and of all files as they were listed. */
  readonly sentBytes: number;
  readonly totalBytes: number;
}

export interface OpenContextOptions {
  readonly signal?: AbortSignal;
  /** Learns the digests of what is sent. */
  readonly cache?: DigestCache;
  readonly onProgress?: (progress: ContextProgress) => void;
}

export interface OpenedContext extends AsyncDisposable {
  readonly stream: Readable;
  /** The digest of what is sent, also where files changed since they were listed; undefined until the last of it. */
  sent(): ContextDigest | undefined;
}

/**
 * The context as a canonical tar: names in byte order without `./`, directories included, uid and gid 0, no owner
 * names, fixed times. Nothing is read before somebody reads the stream, nor faster than they do. The stream fails with
 * OsError `project-invalid` when a file is gone or shorter than at its opening; it never ends as if it were whole.
 * Disposing it closes what is open.
 */
export async function openContext(
  listing: ContextListing,
  { signal, cache, onProgress }: OpenContextOptions = {},
): Promise<OpenedContext> {
  const { pack: openPack } = await import('./tar-library.ts');
  const pack = openPack({ highWaterMark: 256 * 1024 });
  const stopping = new AbortController();
  const stop = signal === undefined ? stopping.signal : AbortSignal.any([signal, stopping.signal]);
  const digester = new ContextDigester();
  let sentBytes = 0;
  let sent: ContextDigest | undefined;
  const produce = async (): Promise<void> => {
    try {
      for await (const { entry, file } of openInOrder(listing.entries)) {
        stop.throwIfAborted();
        const hash = openEntryHash(entry, file?.sizeBytes ?? 0);
        const isWritten = await writeEntry(pack, entry, file, chunk => {
          stop.throwIfAborted();
          hash.update(chunk);
          sentBytes += chunk.length;
          onProgress?.({ sentBytes, totalBytes: listing.sizeBytes });
        });
        if (!isWritten) return;
        const digest = hash.digest('hex');
        rememberDigest(cache, entry, digest);
        digester.add(entry, digest);
      }
      pack.finalize();
      sent = digester.end();
    } catch (error) {
      pack.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
  let producing: Promise<void> | undefined;
  const chunks = async function* (): AsyncGenerator<Buffer> {
    producing = produce();
    try {
      for await (const chunk of pack) yield chunk as Buffer;
    } catch (error) {
      stop.throwIfAborted();
      throw error;
    }
  };
  const stream = Readable.from(chunks(), { objectMode: false, ...(signal ? { signal } : {}) });
  return {
    stream,
    sent: () => sent,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      stream.destroy();
      pack.destroy();
      await producing;
      if (!stream.closed) await finished(stream, { error: false }).catch(() => undefined);
    },
  };
}

/** False when nobody reads the tar any more. */
async function writeEntry(
  pack: Pack,
  entry: ContextEntry,
  file: OpenFile | undefined,
  onChunk: (chunk: Buffer) => void,
): Promise<boolean> {
  if (file === undefined) {
    pack.entry(headerOf(entry, 0));
    return true;
  }
  const sink = pack.entry(headerOf(entry, file.sizeBytes));
  // What goes wrong with the tar reaches the reader of `pack`; here it only has to end the writing.
  sink.on('error', () => undefined);
  const closing = new AbortController();
  const closed = new Promise<void>(resolve => {
    sink.once('close', () => {
      closing.abort();
      resolve();
    });
  });
  for await (const chunk of file.chunks()) {
    if (!sink.write(chunk) && !closing.signal.aborted) await drained(sink);
    if (closing.signal.aborted) return false;
    onChunk(chunk);
  }
  sink.end(undefined);
  await closed;
  return true;
}

/** Resolves when `sink` takes more, or is closed. */
function drained(sink: Sink): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      sink.off('drain', done).off('close', done);
      resolve();
    };
    sink.on('drain', done).on('close', done);
  });
}

function headerOf(entry: ContextEntry, size: number): Partial<Header> & { name: string } {
  const linkname = entry.type === 'symlink' ? entry.target : undefined;
  const isLong = [entry.name, linkname ?? ''].some(
    text => Buffer.byteLength(text) > 100 || Buffer.byteLength(text) !== text.length,
  );
  return {
    ...{ name: entry.name, type: entry.type, mode: modeOf(entry), size, mtime: fixedTime, uid: 0, gid: 0 },
    ...(linkname === undefined ? {} : { linkname }),
    // ustar's prefix field is left alone: tar-stream splits some names wrongly, and readers differ.
    ...(isLong ? { pax: {} } : {}),
  };
}
