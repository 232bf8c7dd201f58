/** The content hash of a context: what the engine's classic builder would see of it, and nothing else. */
import { createHash, type Hash } from 'node:crypto';
import { modeOf, type ContextEntry } from './entry.ts';
import type { ContextListing } from './list-context.ts';
import { openFile } from './read-file.ts';

/** Remembers digests between runs; the key holds everything that a change of the file would change. */
export interface DigestCache {
  get(key: string): string | undefined;
  set(key: string, digest: string): void;
}

export interface ContextDigest {
  /** sha256 in hex: equal when, and only when, the engine would receive the same tree. */
  readonly digest: string;
  /**
   * By entry name: sha256 in hex as moby's tarsum v1 computes it, from which the classic builder makes the cache keys
   * of COPY and ADD.
   */
  readonly entries: ReadonlyMap<string, string>;
}

export async function digestContext(
  listing: ContextListing,
  { cache, signal }: { cache?: DigestCache; signal?: AbortSignal } = {},
): Promise<ContextDigest> {
  const entries = new Map<string, string>();
  const whole = createHash('sha256');
  for (const entry of listing.entries) {
    signal?.throwIfAborted();
    const digest = await digestEntry(entry, cache);
    entries.set(entry.name, digest);
    whole.update(`${digest} ${JSON.stringify(entry.name)}\n`);
  }
  return { digest: whole.digest('hex'), entries };
}

async function digestEntry(entry: ContextEntry, cache: DigestCache | undefined): Promise<string> {
  if (entry.type !== 'file') return headerHash(entry, 0).digest('hex');
  const key = cacheKey(entry);
  const known = key === undefined ? undefined : cache?.get(key);
  if (known !== undefined) return known;
  await using file = await openFile(entry);
  const hash = headerHash(entry, file.sizeBytes);
  for await (const chunk of file.chunks()) hash.update(chunk);
  const digest = hash.digest('hex');
  if (key !== undefined) cache?.set(key, digest);
  return digest;
}

function cacheKey(entry: ContextEntry): string | undefined {
  if (entry.type !== 'file' || 'content' in entry.source) return undefined;
  const { path, mtimeMs, convertsLineEndings } = entry.source;
  return JSON.stringify([path, entry.name, entry.sizeBytes, mtimeMs, modeOf(entry), convertsLineEndings]);
}

const typeFlags = { file: '0', directory: '5', symlink: '2' } as const;

/** The header fields in the order of moby's pkg/tarsum/versioning.go, v1TarHeaderSelect. */
function headerHash(entry: ContextEntry, sizeBytes: number): Hash {
  const fields = {
    name: entry.name,
    mode: modeOf(entry).toString(),
    uid: '0',
    gid: '0',
    size: sizeBytes.toString(),
    typeflag: typeFlags[entry.type],
    linkname: entry.type === 'symlink' ? entry.target : '',
    uname: '',
    gname: '',
    devmajor: '0',
    devminor: '0',
  };
  const hash = createHash('sha256');
  for (const [name, value] of Object.entries(fields)) hash.update(name + value);
  return hash;
}
