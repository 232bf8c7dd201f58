import type { Change, ReadFile } from './change.ts';
import type { Node } from '../tree/node.ts';

/** What is at a path: nothing, one of the things that are synced, or something else (a device, a socket). */
export type Found = Node | 'nothing' | 'other';

/** A file system of its own in a container: a volume, a tmpfs, a bind mount. */
export interface Mount {
  /** As the kernel calls it: `ext4`, `tmpfs`. */
  readonly type: string;
  readonly path: string;
}

export interface TransportOptions {
  readonly readFile: ReadFile;
  /** Directories below which everything that is done takes place; no link is followed there. */
  readonly roots: readonly string[];
  readonly signal: AbortSignal;
}

/** A way into one container's files. */
export interface Transport extends AsyncDisposable {
  /** For people: how the files get there. */
  readonly kind: 'shell' | 'archive';
  /** As far as they are known. */
  readonly mounts: readonly Mount[];
  /** False when what it goes through has ended: then every call throws. */
  readonly isOpen: boolean;

  /**
   * What the container has at `paths`, in their order. A file's size is not told. Throws OsError `connection-lost`
   * when the way is gone.
   */
  read(paths: readonly string[], signal: AbortSignal): Promise<readonly Found[]>;

  /**
   * Does `changes` in their order (see `inOrder`). Resolved: all of it is in the container, checked against a checksum.
   * Rejected: any part of it may be, but no file is half written; doing the same again is safe. Throws `SyncRefusal`
   * where the container can't take it, OsError `connection-lost` when the way is gone, or the signal's reason.
   */
  apply(changes: readonly Change[], signal: AbortSignal): Promise<void>;
}

/** The container can't be changed in this way: it has to be made anew. The message says why, in the present tense. */
export class SyncRefusal extends Error {
  override readonly name = 'SyncRefusal';
}
