import { isWithin, outOfBounds, type BlockDevice } from '../../../src/image/blocks/block-device.ts';

export class PowerCut extends Error {}

export interface MemoryDevice extends BlockDevice {
  readonly sizeBytes: number;
  readonly bytes: Buffer;
  /** How many writes there have been. */
  readonly writes: () => number;
}

export interface MemoryDeviceOptions {
  /** The number of writes that succeed; the one after it fails as if the power was cut. */
  readonly stopAfter?: number;
  /** How many sectors of that last write reach the medium all the same. */
  readonly tornSectors?: number;
}

/** A device in memory, whose writes are counted. */
export function memoryDevice(bytes: Buffer, options: MemoryDeviceOptions = {}): MemoryDevice {
  const { stopAfter = Infinity, tornSectors = 0 } = options;
  let writes = 0;
  const check = (offset: number, length: number): void => {
    if (!isWithin(offset, length, bytes.length)) throw outOfBounds(offset, length, bytes.length);
  };
  return {
    sizeBytes: bytes.length,
    bytes,
    writes: () => writes,
    // eslint-disable-next-line @typescript-eslint/require-await -- the interface is asynchronous
    async read(offset, length) {
      check(offset, length);
      return Buffer.from(bytes.subarray(offset, offset + length));
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- the interface is asynchronous
    async write(offset, data) {
      check(offset, data.length);
      if (writes > stopAfter) throw new PowerCut('no power');
      writes += 1;
      if (writes <= stopAfter) bytes.set(data, offset);
      else {
        bytes.set(data.subarray(0, Math.min(data.length, tornSectors * 512)), offset);
        throw new PowerCut('the power is cut');
      }
    },
    flush: () => Promise.resolve(),
  };
}
