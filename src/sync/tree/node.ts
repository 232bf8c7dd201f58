/** Describes what is at a path, on the host or in a container, well enough to tell one state of it from another. */
export type Node = DirectoryNode | SymlinkNode | FileNode;

export interface DirectoryNode {
  readonly kind: 'directory';
}

export interface SymlinkNode {
  readonly kind: 'symlink';
  readonly target: string;
}

export interface FileNode {
  readonly kind: 'file';
  /** True if the owner may execute it. As in a build context, nothing else of a file's mode counts. */
  readonly isExecutable: boolean;
  readonly sizeBytes: number;
  /** In hex. */
  readonly sha256: string;
}

export function isSameNode(a: Node | undefined, b: Node | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  switch (a.kind) {
    case 'directory':
      return b.kind === 'directory';
    case 'symlink':
      return b.kind === 'symlink' && a.target === b.target;
    case 'file':
      return b.kind === 'file' && a.sha256 === b.sha256 && a.isExecutable === b.isExecutable;
  }
}
