/** One thing to be done to a container's files. Paths are absolute and in the container. */
export type Change = Removal | DirectoryChange | SymlinkChange | FileChange | ModeChange;

/** With everything below it. */
export interface Removal {
  readonly do: 'remove';
  readonly path: string;
  /** How many things are known to be there, itself included. Where there are more, they are not ours to remove. */
  readonly holds: number;
}

interface Owned {
  readonly path: string;
  /** As `COPY --chown` has it; undefined: root. */
  readonly owner: string | undefined;
}

export interface DirectoryChange extends Owned {
  readonly do: 'make-directory';
}

export interface SymlinkChange extends Owned {
  readonly do: 'link';
  readonly target: string;
}

export interface FileChange extends Owned {
  readonly do: 'write';
  readonly isExecutable: boolean;
  /** In the context; read when it is sent. */
  readonly name: string;
}

export interface ModeChange {
  readonly do: 'mode';
  readonly path: string;
  readonly isExecutable: boolean;
}

/** The bytes of a file of the context as it is now; undefined when it is gone, and there is nothing to write. */
export type ReadFile = (name: string) => Promise<Buffer | undefined>;

const order: readonly Change['do'][] = ['remove', 'make-directory', 'link', 'write', 'mode'];
const depth = ({ path }: Change): number => path.split('/').length;

/** Removals first, the deepest first; then what holds others before what it holds. */
export const inOrder = (changes: readonly Change[]): Change[] =>
  changes.toSorted((a, b) =>
    a.do !== b.do
      ? order.indexOf(a.do) - order.indexOf(b.do)
      : (a.do === 'remove' ? depth(b) - depth(a) : depth(a) - depth(b)) || (a.path < b.path ? -1 : 1),
  );
