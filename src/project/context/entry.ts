/** One thing in a build context, as it goes into the tar. */
export type ContextEntry = DirectoryEntry | SymlinkEntry | FileEntry;

interface Named {
  /** Relative to the context, with `/`; a directory's ends in `/`. */
  readonly name: string;
}

export interface DirectoryEntry extends Named {
  readonly type: 'directory';
}

export interface SymlinkEntry extends Named {
  readonly type: 'symlink';
  readonly target: string;
}

export interface FileEntry extends Named {
  readonly type: 'file';
  readonly isExecutable: boolean;
  /** When it was listed; what is sent is what is there then. */
  readonly sizeBytes: number;
  readonly source: FileOnDisk | FileInMemory;
}

export interface FileOnDisk {
  readonly path: string;
  readonly mtimeMs: number;
  /** CRLF becomes LF on the way, if the file is text. */
  readonly convertsLineEndings: boolean;
}

export interface FileInMemory {
  readonly content: Buffer;
}

/**
 * Modes do not depend on the machine: of a file's mode only the owner's execute bit counts (a umask, or a checkout by
 * another tool, would change the rest and with it every cache key).
 */
export function modeOf(entry: ContextEntry): number {
  switch (entry.type) {
    case 'directory':
      return 0o755;
    case 'symlink':
      return 0o777;
    case 'file':
      return entry.isExecutable ? 0o755 : 0o644;
  }
}

/** In the order of their names' bytes, which puts a directory before what it holds. */
export function sortEntries(entries: readonly ContextEntry[]): ContextEntry[] {
  return entries
    .map(entry => ({ entry, key: Buffer.from(entry.name) }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .map(({ entry }) => entry);
}
