/** An entry of a build context, as in the tar. */
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
  /** At the time of listing; the file is sent as it is later. */
  readonly sizeBytes: number;
  readonly source: FileOnDisk | FileInMemory;
}

export interface FileOnDisk {
  readonly path: string;
  /**
   * Device, inode, size and times: while they are the same, so is the content. Undefined if the file changed so shortly
   * before it was listed that another change could leave them the same.
   */
  readonly stamp: string | undefined;
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

/** Sorts by the bytes of the names, so that a directory precedes its content. */
export function sortEntries(entries: readonly ContextEntry[]): ContextEntry[] {
  // Strings compare by UTF-16 units, which is the order of the bytes up to the first surrogate.
  if (!entries.some(({ name }) => /[\ud800-\uffff]/.test(name)))
    return [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries
    .map(entry => ({ entry, key: Buffer.from(entry.name) }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .map(({ entry }) => entry);
}
