import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { errnoOf } from '../../core/errors.ts';
import { explainImageFailure } from '../blocks/image-failure.ts';

/** A drive that is opened exclusively for writing. Offsets and lengths are multiples of `sectorBytes`. */
export interface TargetDrive extends AsyncDisposable {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sectorBytes: number;
  /** Fills `buffer`, which `allocateAligned` made, with the drive's content, not with the system's cache. */
  read(offset: number, buffer: Buffer): Promise<void>;
  write(offset: number, buffer: Buffer): Promise<void>;
  /** Resolves once all is on the drive. */
  flush(): Promise<void>;
}

/** Node's types know WebAssembly as a namespace of types alone. */
const { WebAssembly: wasm } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  };
};

/**
 * A buffer that direct I/O accepts: it has to begin at a multiple of the drive's sector. Node's own buffers begin
 * anywhere; the memory of WebAssembly begins at a page.
 */
export function allocateAligned(sizeBytes: number): Buffer {
  const pageBytes = 65_536;
  const memory = new wasm.Memory({ initial: Math.ceil(sizeBytes / pageBytes) });
  return Buffer.from(memory.buffer, 0, sizeBytes);
}

export interface OpenTargetOptions {
  readonly sizeBytes: number;
  readonly sectorBytes: number;
  /** Drops the system's cache of the drive, for drives that refuse direct I/O. */
  readonly dropCache: (path: string) => Promise<void>;
}

/** True if the drive can be read past the system's cache through `handle`. */
async function canReadDirectly(handle: FileHandle, sectorBytes: number): Promise<boolean> {
  try {
    await handle.read(allocateAligned(sectorBytes), 0, sectorBytes, 0);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EINVAL') return false;
    throw error;
  }
}

/**
 * Opens the drive `path` for writing, exclusively: OsError `busy` while any part of it is mounted or in use. I/O is
 * direct if the drive supports that; else reads drop the system's cache first.
 */
export async function openTargetDrive(path: string, options: OpenTargetOptions): Promise<TargetDrive> {
  const { sizeBytes, sectorBytes, dropCache } = options;
  const explained = async <T>(act: 'read' | 'write', work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explainImageFailure(error, act, path);
    }
  };
  const exclusive = constants.O_RDWR | constants.O_EXCL;
  // macOS has no such flag; its raw devices are direct anyway.
  const direct = (constants as Partial<typeof constants>).O_DIRECT ?? 0;
  let isDirect = true;
  let handle: FileHandle;
  try {
    handle = await open(path, exclusive | direct);
  } catch (error) {
    if (errnoOf(error) !== 'EINVAL') throw explainImageFailure(error, 'write', path);
    isDirect = false;
    handle = await explained('write', () => open(path, exclusive));
  }
  try {
    if (isDirect && !(await canReadDirectly(handle, sectorBytes))) {
      isDirect = false;
      await handle.close();
      handle = await open(path, exclusive);
    }
  } catch (error) {
    await handle.close().catch(() => undefined);
    throw explainImageFailure(error, 'read', path);
  }
  let isCacheStale = true;
  return {
    path,
    sizeBytes,
    sectorBytes,
    read: (offset, buffer) =>
      explained('read', async () => {
        if (!isDirect && isCacheStale) await dropCache(path);
        isCacheStale = false;
        let done = 0;
        while (done < buffer.length) {
          const { bytesRead } = await handle.read(buffer, done, buffer.length - done, offset + done);
          if (bytesRead === 0) throw Object.assign(new Error('the drive ends early'), { code: 'EIO' });
          done += bytesRead;
        }
      }),
    write: (offset, buffer) =>
      explained('write', async () => {
        isCacheStale = true;
        let done = 0;
        while (done < buffer.length) {
          const { bytesWritten } = await handle.write(buffer, done, buffer.length - done, offset + done);
          done += bytesWritten;
        }
      }),
    flush: () => explained('write', () => handle.sync()),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}
