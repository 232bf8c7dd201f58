import { OsError } from '../../core/errors.ts';

/** Random access to the bytes of an image, a drive, or a part of either. Offsets and lengths are in bytes. */
export interface BlockReader {
  /** Undefined until it is known: a compressed image ends with its size. */
  readonly sizeBytes: number | undefined;
  /** Resolves with exactly `length` bytes. Throws OsError `image-invalid` if the device ends before that. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** A BlockReader that can be written to. */
export interface BlockDevice extends BlockReader {
  /** Writes all of `bytes`. Throws OsError `image-invalid` rather than write a byte outside of the device. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Resolves once everything written so far has reached the medium. */
  flush(): Promise<void>;
}

/** The error of a read or write that is not within a device of `sizeBytes`. */
export const outOfBounds = (offset: number, length: number, sizeBytes: number | undefined): OsError =>
  new OsError(
    'image-invalid',
    `the image ends too early: bytes ${offset.toString()} to ${(offset + length).toString()} are outside of its \
${sizeBytes?.toString() ?? 'known'} bytes`,
  );

/** True if `length` bytes from `offset` on lie within `sizeBytes`. */
export const isWithin = (offset: number, length: number, sizeBytes: number): boolean =>
  Number.isSafeInteger(offset) &&
  Number.isSafeInteger(length) &&
  offset >= 0 &&
  length >= 0 &&
  offset + length <= sizeBytes;
