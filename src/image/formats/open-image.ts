import { createReadStream, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { OsError } from '../../core/errors.ts';
import { openFileDevice, type FileDevice } from '../blocks/file-device.ts';
import { gunzip, inflateRaw, unxz, unzstd, type Compressed } from './decompress.ts';
import { detectFormat, formatProbeBytes, type ImageFormat } from './detect-format.ts';
import { readZipEntries, type ZipEntry } from './zip-archive.ts';
import { checkZstdWindow, parseZstdHeader } from './zstd-header.ts';

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Called with the number of bytes of the file read so far, for progress. */
  readonly onRead?: (fileBytes: number) => void;
}

/** An image in a file or on a drive, in any format. */
export interface ImageSource {
  readonly path: string;
  readonly format: ImageFormat;
  /** True for a drive. */
  readonly isDrive: boolean;
  /** The bytes that are read to get the whole image. */
  readonly fileBytes: number;
  /** The size of the image; undefined if it is known only after decompression. */
  readonly sizeBytes: number | undefined;
  /**
   * The image from its beginning, in pieces of any size. It is checked on the way as far as its format allows. Throws
   * OsError `image-invalid` at its end if the file has changed since it was opened: what was planned for it is for another.
   */
  readonly stream: (options: ReadOptions) => AsyncIterable<Buffer>;
}

const readSize = 1024 * 1024;

function openBytes(path: string, { signal, onRead }: ReadOptions, start = 0, end = Infinity): Readable {
  const bytes = createReadStream(path, { highWaterMark: readSize, start, end, signal });
  let read = 0;
  if (onRead !== undefined)
    bytes.on('data', part => {
      read += part.length;
      onRead(read);
    });
  return bytes.pause();
}

const isSameFile = (a: BigIntStats, b: BigIntStats): boolean =>
  a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs;

/** Yields `stream`, which is read of the file `path` as it was at `opened`. */
async function* unchanged(
  path: string,
  opened: BigIntStats,
  stream: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  yield* stream;
  const now = await stat(path, { bigint: true }).catch(() => undefined);
  if (now === undefined || !isSameFile(now, opened))
    throw new OsError('image-invalid', `${path} has changed while it was read`, {
      hint: 'another program writes to it: wait for that to end, then try again',
    });
}

/** Detects the format of the image `path` by its first bytes. Throws OsError `image-invalid` if it is not an image. */
export async function openImage(path: string): Promise<ImageSource> {
  const opened = await stat(path, { bigint: true }).catch(() => undefined);
  const source = await openAnyImage(path);
  if (opened === undefined || source.isDrive) return source;
  return { ...source, stream: options => unchanged(path, opened, source.stream(options)) };
}

async function openAnyImage(path: string): Promise<ImageSource> {
  await using file = await openFileDevice(path, 'read');
  const { sizeBytes, isDrive } = file;
  if (sizeBytes === 0)
    throw new OsError('image-invalid', isDrive ? `there is no card in ${path}` : `${path} is empty`);
  const head = await file.read(0, Math.min(formatProbeBytes, sizeBytes));
  const format = isDrive ? 'raw' : detectFormat(head, path);
  if (format === 'zip') return await openZip(file, path);
  const header = format === 'zstd' ? parseZstdHeader(head) : undefined;
  if (header !== undefined) checkZstdWindow(header, path);
  return {
    path,
    format,
    isDrive,
    fileBytes: sizeBytes,
    sizeBytes: format === 'raw' ? sizeBytes : undefined,
    stream: options => streamOf(format, { path, bytes: openBytes(path, options), signal: options.signal }),
  };
}

function streamOf(format: Exclude<ImageFormat, 'zip'>, compressed: Compressed): AsyncIterable<Buffer> {
  switch (format) {
    case 'raw':
      return compressed.bytes;
    case 'gzip':
      return gunzip(compressed);
    case 'xz':
      return unxz(compressed);
    case 'zstd':
      return unzstd(compressed);
  }
}

async function* checked(
  entry: ZipEntry,
  content: AsyncIterable<Buffer>,
  path: string,
): AsyncGenerator<Buffer> {
  let sum = 0;
  let length = 0;
  for await (const part of content) {
    sum = crc32(part, sum);
    length += part.length;
    yield part;
  }
  if (length !== entry.sizeBytes || sum !== entry.crc32)
    throw new OsError(
      'image-invalid',
      `${path} is damaged: ${JSON.stringify(entry.name)} in it has another ${length === entry.sizeBytes ? 'checksum' : 'length'}`,
      { hint: 'download it again' },
    );
}

function streamEntry(entry: ZipEntry, path: string, options: ReadOptions): AsyncIterable<Buffer> {
  const { dataAt, compressedBytes } = entry;
  const bytes = openBytes(path, options, dataAt, dataAt + Math.max(compressedBytes, 1) - 1);
  const compressed = { path, bytes, signal: options.signal };
  return checked(entry, entry.method === 'stored' ? bytes : inflateRaw(compressed), path);
}

/** True if the file in a zip begins like a drive. Its name proves nothing: a pipe leaves `-`. */
async function isImageEntry(entry: ZipEntry, path: string): Promise<boolean> {
  const stop = new AbortController();
  const parts: Buffer[] = [];
  for await (const part of streamEntry(entry, path, { signal: stop.signal })) {
    parts.push(part);
    if (parts.reduce((sum, { length }) => sum + length, 0) >= 512) break;
  }
  const head = Buffer.concat(parts);
  return head.length >= 512 && head.readUInt16LE(510) === 0xaa55;
}

async function openZip(file: FileDevice, path: string): Promise<ImageSource> {
  const entries = await readZipEntries(file, path);
  const images: ZipEntry[] = [];
  for (const entry of entries) if (await isImageEntry(entry, path)) images.push(entry);
  const [image, other] = images;
  if (image === undefined || other !== undefined)
    throw new OsError(
      'image-invalid',
      `cannot read ${path}: ${image === undefined ? 'no file' : `more than one file (${images.map(({ name }) => JSON.stringify(name)).join(', ')})`} \
in it begins with a partition table`,
      { hint: image === undefined ? 'give an image of the OS' : 'unpack it, and give one of them' },
    );
  return {
    path,
    format: 'zip',
    isDrive: false,
    fileBytes: image.compressedBytes,
    sizeBytes: image.sizeBytes,
    stream: options => streamEntry(image, path, options),
  };
}
