import type { TargetDrive } from '../../../src/image/flash/target-drive.ts';

export interface MemoryDrive extends TargetDrive {
  readonly bytes: Buffer;
  /** Offsets and lengths of all writes, in order. */
  readonly writes: readonly (readonly [offset: number, length: number])[];
  /** How many writes had ended when it was flushed, each time. */
  readonly flushes: readonly number[];
}

export interface MemoryDriveOptions {
  readonly sectorBytes?: number;
  /** Called before each write; may throw, or change what the drive keeps. */
  readonly onWrite?: (offset: number, count: number) => void;
  /** Offsets whose byte the drive does not keep. */
  readonly worn?: readonly number[];
}

/** A drive in memory, whose content is `bytes`. It refuses what direct I/O would refuse. */
export function memoryDrive(bytes: Buffer, options: MemoryDriveOptions = {}): MemoryDrive {
  const { sectorBytes = 512, onWrite, worn = [] } = options;
  const writes: (readonly [number, number])[] = [];
  const flushes: number[] = [];
  let isWriting = false;
  const check = (offset: number, buffer: Buffer): void => {
    if (
      offset % sectorBytes !== 0 ||
      buffer.length % sectorBytes !== 0 ||
      offset + buffer.length > bytes.length
    )
      throw Object.assign(new Error('EINVAL'), { code: 'EINVAL' });
  };
  return {
    path: '/dev/test',
    sizeBytes: bytes.length,
    sectorBytes,
    bytes,
    writes,
    flushes,
    // eslint-disable-next-line @typescript-eslint/require-await -- the interface is asynchronous
    async read(offset, buffer) {
      check(offset, buffer);
      bytes.copy(buffer, 0, offset, offset + buffer.length);
    },
    async write(offset, buffer) {
      check(offset, buffer);
      if (isWriting) throw new Error('two writes at once');
      isWriting = true;
      // A drive takes the bytes that the buffer has by then.
      await new Promise(setImmediate);
      isWriting = false;
      onWrite?.(offset, writes.length);
      writes.push([offset, buffer.length]);
      const before = worn.map(at => bytes[at] ?? 0);
      buffer.copy(bytes, offset);
      worn.forEach((at, index) => bytes.writeUInt8(before[index] ?? 0, at));
    },
    flush: () => {
      flushes.push(writes.length);
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
