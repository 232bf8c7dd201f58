import { isWithin, outOfBounds, type BlockDevice, type BlockReader } from './block-device.ts';

/** The `sizeBytes` bytes of `base` that begin at `start`, as a reader of their own. */
export function readWindow(base: BlockReader, start: number, sizeBytes: number): BlockReader {
  return {
    sizeBytes,
    async read(offset, length) {
      if (!isWithin(offset, length, sizeBytes)) throw outOfBounds(offset, length, sizeBytes);
      return await base.read(start + offset, length);
    },
  };
}

/** The `sizeBytes` bytes of `base` that begin at `start`, as a device of their own: no write leaves them. */
export function openWindow(base: BlockDevice, start: number, sizeBytes: number): BlockDevice {
  return {
    ...readWindow(base, start, sizeBytes),
    async write(offset, bytes) {
      if (!isWithin(offset, bytes.length, sizeBytes)) throw outOfBounds(offset, bytes.length, sizeBytes);
      await base.write(start + offset, bytes);
    },
    flush: () => base.flush(),
  };
}
