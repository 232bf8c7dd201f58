import type { Change, FileChange, OpenSource } from './change.ts';
import type { Node } from '../tree/node.ts';

/** A container has nothing at a path, a node that can be synced, or something else (a device, a socket). */
export type Found = Node | 'nothing' | 'other';

/** A file system of its own in a container: a volume, a tmpfs, a bind mount. */
export interface Mount {
  /** The kernel's name for it: `ext4`, `tmpfs`. */
  readonly type: string;
  readonly path: string;
}

export interface TransportOptions {
  readonly openSource: OpenSource;
  /**
   * Paths in the container that an earlier way into it may have left when it was killed, e.g. by a restart of the engine.
   * Opening a way removes and forgets them; a way that is lost adds its own.
   */
  readonly leftovers: Set<string>;
  readonly signal: AbortSignal;
}

export interface LargeOptions {
  /** Of the file, in hex. */
  readonly sha256: string;
  /** Aborts when something smaller waits to be sent. */
  readonly yields: AbortSignal;
  readonly signal: AbortSignal;
}

/** A way into one container's files. */
export interface Transport extends AsyncDisposable {
  /** For people: how the files get there. */
  readonly kind: 'shell' | 'archive';
  /** The mounts that are known. */
  readonly mounts: readonly Mount[];
  /** False once the connection has ended: then every call throws. */
  readonly isOpen: boolean;

  /**
   * Returns what the container has at `paths`, in their order, without the sizes of files. Throws OsError `connection-lost`
   * when the way is gone.
   */
  read(paths: readonly string[], signal: AbortSignal): Promise<readonly Found[]>;

  /** Returns the targets of the links at `paths`, in their order; undefined for what is no link. */
  readLinks(paths: readonly string[], signal: AbortSignal): Promise<readonly (string | undefined)[]>;

  /**
   * Does `changes` in their order (see `inOrder`). Resolved: all of it is in the container, checked against a checksum.
   * Rejected: any part of it may be, but no file is half written; doing the same again is safe. Throws `SyncRefusal`
   * where the container can't take it (no link is followed on the way to a path), OsError `connection-lost` when the way
   * is gone, or the signal's reason.
   */
  apply(changes: readonly Change[], signal: AbortSignal): Promise<void>;

  /**
   * Writes one large file, in memory independent of its size. Returns false if `yields` aborted before all of it was sent:
   * nothing is at its path then, and the next call with the same digest goes on where this one ended. Each call sends
   * some of it. Throws as `apply` does.
   */
  writeLarge(change: FileChange, options: LargeOptions): Promise<boolean>;

  /** The path of a large file that was sent in part: what was there before is still there. */
  readonly partialPath: string | undefined;
}

/** The container can't take a change: the service has to be rebuilt. The message says why, in the present tense. */
export class SyncRefusal extends Error {
  override readonly name: string = 'SyncRefusal';
}

/** A link that the service has made since the container was read is on the way to a path, or at it. */
export class LinkInTheWay extends SyncRefusal {
  override readonly name = 'LinkInTheWay';
}
