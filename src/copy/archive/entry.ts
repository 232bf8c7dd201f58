import type { ByteName } from '../byte-names.ts';

/** Bytes of a file and where in it they are. What lies between two pieces is zeros. */
export interface Piece {
  readonly at: number;
  readonly bytes: Buffer;
}

export type EntryType = 'file' | 'directory' | 'symlink' | 'link' | 'other';

export interface EntryHeader {
  readonly type: EntryType;
  readonly name: ByteName;
  /** Of a link; else empty. */
  readonly linkname: ByteName;
  /** Permission bits, with set-user-ID and its like. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of the file, with its holes. */
  readonly sizeBytes: number;
  /** Unix time, in whole seconds. */
  readonly mtimeS: number;
}

export interface ArchiveEntry {
  readonly header: EntryHeader;
  /** In the order of `at`. Read once; what is not read is skipped. */
  readonly content: AsyncIterable<Piece>;
}
