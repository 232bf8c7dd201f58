/** The paths of an image that the COPYs of a run of steps make out of a context; the last step that writes a path wins. */
import path from 'node:path';
import type { ContextEntries } from '../build-memory.ts';
import type { PlainCopy } from './plain-copy.ts';

export interface CopiedFile {
  /** In the context; a directory's name ends in a slash. */
  readonly name: string;
  /** Digest of the entry. */
  readonly digest: string;
  readonly isDirectory: boolean;
  readonly uid: number;
  readonly gid: number;
  /** True for a file that its step names itself: the builder follows a link at its path. */
  readonly isNamed: boolean;
}

export type CopiedFiles = ReadonlyMap<string, CopiedFile>;

const isDirectoryName = (name: string): boolean => name.endsWith('/');

/** True if `source` leads through a link, or is one: the builder follows it within the context. */
export function leadsThroughLink(source: string, links: ReadonlySet<string>): boolean {
  const parts = source.split('/');
  return parts.some((_, i) => links.has(parts.slice(0, i + 1).join('/')));
}

interface Context {
  readonly entries: ContextEntries;
  /** Names of symbolic links. */
  readonly links: ReadonlySet<string>;
  /** True if a directory is at a path of the image. */
  readonly isDirectory: (path: string) => boolean;
}

/** Undefined if the outcome is not certain. */
export function listCopiedFiles(copies: readonly PlainCopy[], context: Context): CopiedFiles | undefined {
  const files = new Map<string, CopiedFile>();
  for (const copy of copies)
    for (const source of copy.sources) if (!addSource(files, copy, source, context)) return undefined;
  return files;
}

/** Adds the files that `copy` creates from `source`; false if the result is not certain. */
function addSource(
  files: Map<string, CopiedFile>,
  copy: PlainCopy,
  source: string,
  { entries, links, isDirectory }: Context,
): boolean {
  if (leadsThroughLink(source, links)) return false;
  const { destination, isIntoDirectory, uid, gid } = copy;
  const fileDigest = entries.get(source);
  if (fileDigest !== undefined) {
    // ADD unpacks an archive that it names.
    if (copy.isAdd) return false;
    const isInto = isIntoDirectory || isDirectory(destination);
    const at = isInto ? path.posix.join(destination, path.posix.basename(source)) : destination;
    return put(files, at, { name: source, digest: fileDigest, isDirectory: false, uid, gid, isNamed: true });
  }
  const prefix = source === '' ? '' : `${source}/`;
  if (prefix !== '' && !entries.has(prefix)) return false;
  for (const [name, digest] of entries) {
    if (!name.startsWith(prefix) || name === prefix) continue;
    const at = path.posix.join(destination, name.slice(prefix.length)).replace(/\/$/, '');
    const entry = { name, digest, isDirectory: isDirectoryName(name), uid, gid, isNamed: false };
    if (!put(files, at, entry)) return false;
  }
  return true;
}

/** False if a file and a directory meet at the path, or above it. */
function put(files: Map<string, CopiedFile>, at: string, file: CopiedFile): boolean {
  const before = files.get(at);
  if (before !== undefined && before.isDirectory !== file.isDirectory) return false;
  for (let parent = path.posix.dirname(at); parent !== '/'; parent = path.posix.dirname(parent))
    if (files.get(parent)?.isDirectory === false) return false;
  files.set(at, file);
  return true;
}

export interface CopiedChanges {
  /** Added or changed, parents before their content. */
  readonly written: ReadonlyMap<string, CopiedFile>;
  /** Paths that are no longer there; only the topmost of a removed tree. */
  readonly removed: readonly string[];
  /** Paths of `written` that no step wrote before. */
  readonly added: ReadonlySet<string>;
  /** Paths that expose the image's files from before the first of the steps. */
  readonly uncovered: readonly string[];
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export function compareCopied(before: CopiedFiles, now: CopiedFiles): CopiedChanges {
  const isSame = (a: CopiedFile | undefined, b: CopiedFile): boolean =>
    a !== undefined &&
    (a.isDirectory ? b.isDirectory : a.name === b.name && a.digest === b.digest) &&
    a.uid === b.uid &&
    a.gid === b.gid;
  const written = [...now].filter(([at, file]) => !isSame(before.get(at), file));
  const gone = [...before.keys()].filter(at => !now.has(at)).sort(byBytes);
  const isBelowFile = (at: string): boolean => {
    const parent = path.posix.dirname(at);
    return parent !== '/' && (now.get(parent)?.isDirectory === false || isBelowFile(parent));
  };
  const removed: string[] = [];
  for (const at of gone)
    if (!removed.some(top => at.startsWith(`${top}/`)) && !isBelowFile(at)) removed.push(at);
  const becameDirectory = written
    .filter(([at, file]) => file.isDirectory && before.get(at)?.isDirectory === false)
    .map(([at]) => at);
  return {
    written: new Map(written.sort(([a], [b]) => byBytes(a, b))),
    removed,
    added: new Set(written.map(([at]) => at).filter(at => !before.has(at))),
    uncovered: [...removed, ...becameDirectory],
  };
}
