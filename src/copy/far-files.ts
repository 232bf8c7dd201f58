import type { Readable } from 'node:stream';
import { OsError } from '../core/errors.ts';

/** A container has no shell, or lacks a program that copies by its programs need. Nothing has been read or written. */
export class MissingPrograms extends OsError {}

/** A tar from a device, hostile until it is unpacked with care. */
export interface FarArchive {
  readonly tar: Readable;
  /**
   * Fulfilled once the device says that it was all, or soon after `tar` is destroyed; rejected with the device's OsError, or as
   * `tar`.
   */
  readonly ended: Promise<void>;
}

export interface WriteRequest {
  /** Absolute. */
  readonly destination: string;
  /** `into`: the entries go into that directory, which is made where it is missing. `exact`: the one entry becomes it. */
  readonly how: 'into' | 'exact';
  /** The source's own name, for an `exact` file whose destination is a directory. */
  readonly name: string;
  /** True if the one entry of an `exact` copy is a directory. */
  readonly isDirectory: boolean;
  /** The number of files that are copied. */
  readonly files: number;
  /** The size of all of them. */
  readonly sizeBytes: number;
}

/** Packs what is copied; `areHolesKept`: the data of sparse files apart from them. */
export type Pack = (form: { readonly areHolesKept: boolean }) => Readable;

/** The files of a host or of a container, as far as copying needs them. */
export interface FarFiles {
  /** Sends what is at `paths`, patterns too. */
  read(paths: readonly string[], signal: AbortSignal): Promise<FarArchive>;
  /**
   * Writes what `pack` packs, which is called once at most: `root/NAME…` for `into`, `root/item` for `exact`, `sparse/…`
   * (`pack-local.ts`), and last of all `end`. Throws OsError where it does not arrive whole.
   */
  write(request: WriteRequest, pack: Pack, signal: AbortSignal): Promise<void>;
}
