import fs from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { errnoOf } from '../../../core/errors.ts';
import { toUnixLineEndings, textLimitBytes } from './line-endings.ts';
import type { FileEntry } from '../entry.ts';
import { cannotRead, changedWhileRead } from '../read-failure.ts';

/** A file up to here is read whole when it is opened; many are opened ahead. */
const smallBytes = 128 * 1024;
/** Size of the pieces of a larger file; two are in memory at a time. */
const pieceBytes = 512 * 1024;

/** A file that is being sent: its size is fixed before the first byte. */
export interface OpenFile extends AsyncDisposable {
  readonly sizeBytes: number;
  /**
   * Yields exactly `sizeBytes` bytes, or throws OsError `project-invalid` if the file shrank meanwhile; ignores bytes
   * by which it grew.
   */
  chunks(): AsyncIterable<Buffer>;
}

/** Opens a file of the context. Throws OsError `project-invalid` if it is missing or unreadable. */
export async function openFile(entry: FileEntry): Promise<OpenFile> {
  const { source } = entry;
  if ('content' in source) return openBuffer(source.content);
  const fail = (error: unknown): never => {
    throw errnoOf(error) === 'ENOENT'
      ? changedWhileRead(entry.name, 'it is gone')
      : cannotRead(entry.name, error);
  };
  if (entry.sizeBytes <= smallBytes && !source.convertsLineEndings) {
    const content = await readWhole(source.path, entry.sizeBytes).catch(fail);
    if (content !== undefined) return openBuffer(content);
  }
  const handle = await open(source.path, 'r').catch(fail);
  try {
    const { size } = await handle.stat();
    if (source.convertsLineEndings && size <= textLimitBytes) {
      const converted = toUnixLineEndings(await handle.readFile());
      await handle.close();
      return openBuffer(converted);
    }
    return onDisk(handle, size, entry.name);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Plain descriptors: for a small file a FileHandle costs more than the reading. */
const descriptors = { open: promisify(fs.open), read: promisify(fs.read), close: promisify(fs.close) };

/**
 * Returns the content of a small file, or undefined when it has grown. Reads once instead of querying the size first.
 */
async function readWhole(file: string, expectedBytes: number): Promise<Buffer | undefined> {
  const descriptor = await descriptors.open(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(expectedBytes + 1);
    let length = 0;
    for (let bytesRead = -1; bytesRead !== 0 && length <= expectedBytes;) {
      ({ bytesRead } = await descriptors.read(descriptor, buffer, length, buffer.length - length, length));
      length += bytesRead;
      if (length === expectedBytes) return buffer.subarray(0, length);
    }
    return length > expectedBytes ? undefined : buffer.subarray(0, length);
  } finally {
    await descriptors.close(descriptor);
  }
}

/** Reads all of an open file. Throws as `chunks` does. */
export async function readOpenFile(file: OpenFile): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of file.chunks()) chunks.push(chunk);
  return chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks);
}

/** A file whose content is in memory already. */
export function openBuffer(content: Buffer): OpenFile {
  return {
    sizeBytes: content.length,
    // eslint-disable-next-line @typescript-eslint/require-await -- the same shape as from disk
    async *chunks() {
      if (content.length > 0) yield content;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function onDisk(handle: FileHandle, sizeBytes: number, name: string): OpenFile {
  return {
    sizeBytes,
    async *chunks() {
      const read = (at: number): ReturnType<typeof handle.read<Buffer>> => {
        const length = Math.min(pieceBytes, sizeBytes - at);
        const reading = handle.read(Buffer.allocUnsafe(length), 0, length, at);
        reading.catch(() => undefined); // a failure is reported when the piece's turn comes
        return reading;
      };
      let coming = read(0);
      try {
        for (let sent = 0; sent < sizeBytes;) {
          const { bytesRead, buffer } = await coming;
          if (bytesRead === 0) throw changedWhileRead(name, 'it became shorter');
          sent += bytesRead;
          // The disk works while this piece is sent.
          if (sent < sizeBytes) coming = read(sent);
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        await coming.catch(() => undefined);
      }
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}
