import type { OpenFile } from '../../project/context/content/read-file.ts';
import type { Node } from '../tree/node.ts';

/** One thing to be done to a container's files. Paths are absolute and in the container. */
export type Change = Removal | DirectoryChange | SymlinkChange | FileChange | ModeChange;

/** Removes `path` with everything known below it; the container refuses where it holds something else by now. */
export interface Removal {
  readonly do: 'remove';
  readonly path: string;
  readonly kind: Node['kind'];
  /** What is known to be below a directory, which alone is removed: anything else there is not ours. */
  readonly below: readonly KnownBelow[];
}

export interface KnownBelow {
  readonly path: string;
  readonly kind: Node['kind'];
}

/** A command of the Dockerfile that gives a path to somebody else: `chown node`, `chgrp www`. */
export interface OwnerChange {
  readonly program: 'chown' | 'chgrp';
  readonly value: string;
}

interface Owned {
  readonly path: string;
  /** The owner as in `COPY --chown`; undefined for root. */
  readonly owner: string | undefined;
  /** Done after that, in their order. */
  readonly ownerChanges?: readonly OwnerChange[];
}

export interface DirectoryChange extends Owned {
  readonly do: 'make-directory';
  /** Undefined: 0755. */
  readonly mode?: number | undefined;
}

export interface SymlinkChange extends Owned {
  readonly do: 'link';
  readonly target: string;
}

export interface FileChange extends Owned {
  readonly do: 'write';
  readonly isExecutable: boolean;
  /** Undefined: 0755 or 0644 by `isExecutable`. A file that is written in place keeps its mode. */
  readonly mode?: number | undefined;
  /** The name in the context; the file is read when it is sent. */
  readonly name: string;
}

export interface ModeChange {
  readonly do: 'mode';
  readonly path: string;
  readonly isExecutable: boolean;
  /** Undefined: 0755 or 0644 by `isExecutable`. */
  readonly mode?: number | undefined;
}

/** Returns the mode in octal. */
export const modeOf = ({
  isExecutable,
  mode,
}: {
  readonly isExecutable: boolean;
  readonly mode?: number | undefined;
}): string => (mode ?? (isExecutable ? 0o755 : 0o644)).toString(8);

/** Opens a file of the sources as it is now; undefined if it is gone or cannot be read: then there is nothing to write. */
export type OpenSource = (name: string) => Promise<OpenFile | undefined>;

const order: readonly Change['do'][] = ['remove', 'make-directory', 'link', 'write', 'mode'];
const depth = ({ path }: Change): number => path.split('/').length;

/** Removals first, the deepest first; then what holds others before what it holds. */
export const inOrder = (changes: readonly Change[]): Change[] =>
  changes.toSorted((a, b) =>
    a.do !== b.do
      ? order.indexOf(a.do) - order.indexOf(b.do)
      : (a.do === 'remove' ? depth(b) - depth(a) : depth(a) - depth(b)) || (a.path < b.path ? -1 : 1),
  );
