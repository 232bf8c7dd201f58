/** Copies between this machine and a device. */
import { open, rm, stat } from 'node:fs/promises';
import { addAbortSignal, type Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openBufferCollector } from '../core/collect-buffers.ts';
import { errnoOf, OsError } from '../core/errors.ts';
import type { Piece } from './archive/entry.ts';
import { CutOff } from './archive/byte-source.ts';
import { readEntries } from './archive/read-entries.ts';
import { byteNameOf, shownName } from './byte-names.ts';
import type { FarFiles, Pack } from './far-files.ts';
import { openLocalEnd } from './local-end.ts';
import type { LocalSource } from './local-source.ts';
import { packLocal } from './pack-local.ts';
import { readPathEnd } from './place.ts';
import { cutOff, unpackLocal } from './unpack-local.ts';
import { localFailure, orLocalFailure } from './write-small.ts';

export interface CopyProgress {
  /** Bytes of content that have passed so far. */
  readonly doneBytes: number;
  /** undefined where nobody knows. */
  readonly totalBytes: number | undefined;
  /** The file that is under way; undefined where it is not known. */
  readonly file: string | undefined;
}

export interface CopyOptions {
  readonly keepsOwners: boolean;
  readonly overwritesNewer: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CopyProgress) => void;
  readonly note: (text: string) => void;
}

export interface Copied {
  readonly files: number;
  readonly bytes: number;
}

/** Copies `sources` of this machine to `destination` there. Throws OsError. */
export async function copyToDevice(
  far: FarFiles,
  sources: readonly LocalSource[],
  destination: string,
  options: Pick<CopyOptions, 'keepsOwners' | 'signal' | 'onProgress'>,
): Promise<Copied> {
  const { keepsOwners, signal, onProgress } = options;
  const end = readPathEnd(destination);
  const [first] = sources;
  const isOfMany = sources.length > 1 || (first?.isContents === true && first.isDirectory);
  const how = end.isInto || isOfMany || end.path === '/' ? 'into' : 'exact';
  const totalBytes = sources.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let doneBytes = 0;
  const onPassed = openBufferCollector();
  const onBytes = (sizeBytes: number): void => {
    doneBytes += sizeBytes;
    onPassed({ length: sizeBytes });
    onProgress({ doneBytes, totalBytes, file: undefined });
  };
  const pack: Pack = ({ areHolesKept }) =>
    packLocal(sources, { keepsOwners, how, areHolesKept, signal, onBytes });
  const { name = '', isDirectory = false } = first ?? {};
  const files = sources.reduce((sum, it) => sum + it.files, 0);
  const request = { destination: end.path, how, name, isDirectory, files, sizeBytes: totalBytes } as const;
  await far.write(request, pack, signal);
  return { files, bytes: doneBytes };
}

const zeros = Buffer.alloc(64 * 1024);

/** Throws the command's own error, the reason why its archive is cut off; returns if it only failed because reading stopped. */
async function throwReason(ended: Promise<void>): Promise<void> {
  try {
    await ended;
  } catch (error) {
    const errno = errnoOf(error);
    const isOfStream = errno === 'ABORT_ERR' || errno?.startsWith('ERR_STREAM_') === true;
    if (error instanceof OsError || !isOfStream) throw error;
  }
}

/** Copies what is at `sources` there to `destination` on this machine. Throws OsError. */
export async function copyFromDevice(
  far: FarFiles,
  sources: readonly string[],
  destination: string,
  options: CopyOptions,
): Promise<Copied> {
  const { keepsOwners, overwritesNewer, signal, onProgress, note } = options;
  const end = await openLocalEnd(sources, destination);
  const { tar, ended } = await far.read(
    sources.map(source => readPathEnd(source).path),
    signal,
  );
  const onPassed = openBufferCollector();
  let doneBytes = 0;
  let file: string | undefined;
  let totalBytes: number | undefined;
  const finish = await unpackLocal(tar, {
    ...end,
    keepsOwners,
    overwritesNewer,
    signal,
    note,
    onFile: header => {
      file = shownName(header.name.replace(/^\.\//, ''));
      totalBytes = doneBytes + header.sizeBytes;
    },
    onBytes: sizeBytes => {
      doneBytes += sizeBytes;
      onPassed({ length: sizeBytes });
      onProgress({ doneBytes, totalBytes, file });
    },
  }).catch(async (error: unknown) => {
    tar.destroy();
    if (error instanceof OsError && error.code === 'connection-lost') await throwReason(ended);
    throw error;
  });
  await ended;
  const { files, bytes, kept } = await finish();
  if (kept.length > 0)
    throw new OsError(
      'usage',
      `newer on this machine, and left as ${kept.length === 1 ? 'it is' : 'they are'}: ${kept.slice(0, 3).map(shownName).join(', ')}${kept.length > 3 ? ` and ${(kept.length - 3).toString()} more` : ''}`,
      { hint: '--force overwrites; everything else was copied' },
    );
  return { files, bytes };
}

/** The bytes of a file with its holes as zeros. */
async function* withZeros(content: AsyncIterable<Piece>, sizeBytes: number): AsyncGenerator<Buffer> {
  let done = 0;
  const fillTo = function* (end: number): Generator<Buffer> {
    for (; done < end; done += zeros.length) yield zeros.subarray(0, end - done);
    done = end;
  };
  for await (const { at, bytes } of content) {
    yield* fillTo(at);
    yield bytes;
    done = at + bytes.length;
  }
  yield* fillTo(sizeBytes);
}

/** Writes the content of the one file at `source` there to `out`. Throws OsError. */
export async function copyToStream(
  far: FarFiles,
  source: string,
  out: Writable,
  signal: AbortSignal,
): Promise<Copied> {
  const { tar, ended } = await far.read([readPathEnd(source).path], signal);
  addAbortSignal(signal, tar);
  let copied: Copied | undefined;
  try {
    for await (const { header, content } of readEntries(tar)) {
      if (header.type !== 'file' || copied !== undefined)
        throw new OsError('usage', `${source} is not one file`, {
          hint: 'for a tree: os ssh DEVICE -- tar c -C DIRECTORY . > FILE',
        });
      await pipeline(withZeros(content, header.sizeBytes), out, { end: false, signal });
      copied = { files: 1, bytes: header.sizeBytes };
    }
  } catch (error) {
    tar.destroy();
    signal.throwIfAborted();
    if (!(error instanceof OsError)) await throwReason(ended);
    signal.throwIfAborted();
    throw error instanceof CutOff ? cutOff(error) : error;
  }
  await ended;
  return copied ?? { files: 0, bytes: 0 };
}

/** A file of this machine with what `input` holds, whose size has to be known before it is sent. Disposing removes it. */
export async function spool(
  input: Readable,
  file: string,
  signal: AbortSignal,
): Promise<AsyncDisposable & { readonly sizeBytes: number }> {
  const handle = await orLocalFailure(byteNameOf(file), open(file, 'wx', 0o600));
  const remove = (): Promise<void> => rm(file, { force: true });
  try {
    await pipeline(input, handle.createWriteStream(), { signal });
    return { sizeBytes: (await stat(file)).size, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    signal.throwIfAborted();
    throw localFailure(byteNameOf(file), error);
  }
}
