import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { errnoOf, OsError } from '../../core/errors.ts';
import { explainImageFailure } from './image-failure.ts';
import { isWithin, outOfBounds, type BlockDevice } from './block-device.ts';

export interface FileDevice extends BlockDevice, AsyncDisposable {
  readonly sizeBytes: number;
  /** True for a drive (a block special file), false for an image file. */
  readonly isDrive: boolean;
}

/** diskutil(8). Not run: there was no Mac to run it on. */
async function readMacDriveSize(path: string): Promise<number> {
  const { stdout } = await promisify(execFile)('diskutil', ['info', '-plist', path]);
  const size = /<key>(?:TotalSize|Size)<\/key>\s*<integer>(\d+)<\/integer>/.exec(stdout)?.[1];
  if (size === undefined) throw new OsError('drive-failed', `cannot read the size of ${path}`);
  return Number(size);
}

/** The size of a drive in bytes, which `stat` gives as 0. Of Linux: sysfs counts in units of 512 bytes. */
async function readDriveSize(path: string, rdev: number): Promise<number> {
  if (process.platform === 'darwin') return readMacDriveSize(path);
  // The encoding of glibc's makedev(3).
  const major = ((rdev >>> 8) & 0xfff) | (Math.floor(rdev / 2 ** 32) & ~0xfff);
  const minor = (rdev & 0xff) | ((rdev >>> 12) & ~0xff);
  try {
    const sectors = await readFile(`/sys/dev/block/${major.toString()}:${minor.toString()}/size`, 'utf8');
    return Number(sectors) * 512;
  } catch (error) {
    throw new OsError('drive-failed', `cannot read the size of ${path}`, { cause: error });
  }
}

class OpenFile implements FileDevice {
  readonly sizeBytes: number;
  readonly isDrive: boolean;
  readonly #path: string;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle, sizeBytes: number, isDrive: boolean) {
    this.#path = path;
    this.#handle = handle;
    this.sizeBytes = sizeBytes;
    this.isDrive = isDrive;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    if (!isWithin(offset, length, this.sizeBytes)) throw outOfBounds(offset, length, this.sizeBytes);
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#explained(
        'read',
        this.#handle.read(bytes, done, length - done, offset + done),
      );
      if (bytesRead === 0) throw outOfBounds(offset, length, offset + done);
      done += bytesRead;
    }
    return bytes;
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    if (!isWithin(offset, bytes.length, this.sizeBytes))
      throw outOfBounds(offset, bytes.length, this.sizeBytes);
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.#explained(
        'write',
        this.#handle.write(bytes, done, bytes.length - done, offset + done),
      );
      done += bytesWritten;
    }
  }

  async flush(): Promise<void> {
    await this.#explained('write', this.#handle.datasync());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  async #explained<T>(act: 'read' | 'write', work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw explainImageFailure(error, act, this.#path);
    }
  }
}

/**
 * Opens an image file or a drive. Creates no file. A drive is opened exclusively for writing, which fails with `busy`
 * while it is mounted.
 */
export async function openFileDevice(path: string, access: 'read' | 'write'): Promise<FileDevice> {
  let handle: FileHandle;
  try {
    // A named pipe without a writer would be waited for.
    handle = await open(
      path,
      (access === 'read' ? constants.O_RDONLY : constants.O_RDWR) | constants.O_NONBLOCK,
    );
  } catch (error) {
    throw explainImageFailure(error, access, path);
  }
  try {
    const stat = await handle.stat();
    if (stat.isBlockDevice()) {
      const sizeBytes = await readDriveSize(path, stat.rdev);
      if (access === 'read') return new OpenFile(path, handle, sizeBytes, true);
      await handle.close();
      handle = await open(path, constants.O_RDWR | constants.O_EXCL);
      return new OpenFile(path, handle, sizeBytes, true);
    }
    if (!stat.isFile())
      throw new OsError('usage', `${path} is neither a file nor a drive`, {
        hint: 'name an image file, or a drive such as /dev/sdb',
      });
    return new OpenFile(path, handle, stat.size, false);
  } catch (error) {
    if (errnoOf(error) !== 'EBADF') await handle.close();
    throw explainImageFailure(error, access, path);
  }
}
