/** Hashes a context by the same properties as the engine's classic builder. */
import { createHash, type Hash } from 'node:crypto';
import { modeOf, type ContextEntry } from '../entry.ts';
import type { ContextListing } from '../list-context.ts';
import { openInOrder } from './read-ahead.ts';
import type { OpenFile } from './read-file.ts';

/** Remembers digests between runs; any change of a file changes its key. */
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

/** Makes the digest of a context out of those of its entries, given in their order. */
export class ContextDigester {
  readonly #whole = createHash('sha256');
  #pending = '';
  readonly #entries = new Map<string, string>();

  add({ name }: ContextEntry, digest: string): void {
    this.#entries.set(name, digest);
    // A hash takes one long text faster than many short ones.
    this.#pending += `${digest} ${JSON.stringify(name)}\n`;
    if (this.#pending.length < 65_536) return;
    this.#whole.update(this.#pending);
    this.#pending = '';
  }

  end(): ContextDigest {
    return { digest: this.#whole.update(this.#pending).digest('hex'), entries: this.#entries };
  }
}

export async function digestContext(
  listing: ContextListing,
  { cache, signal }: { readonly cache?: DigestCache; readonly signal?: AbortSignal } = {},
): Promise<ContextDigest> {
  const digests = new Map<ContextEntry, string>();
  for (const entry of listing.entries) {
    const digest = recallDigest(cache, entry);
    if (digest !== undefined) digests.set(entry, digest);
  }
  for await (const { entry, file } of openInOrder(listing.entries.filter(it => !digests.has(it)))) {
    signal?.throwIfAborted();
    const digest = await digestEntry(entry, file);
    digests.set(entry, digest);
    rememberDigest(cache, entry, digest);
  }
  const digester = new ContextDigester();
  for (const entry of listing.entries) digester.add(entry, digests.get(entry) ?? '');
  return digester.end();
}

function recallDigest(cache: DigestCache | undefined, entry: ContextEntry): string | undefined {
  const key = cache === undefined ? undefined : cacheKey(entry);
  return key === undefined ? undefined : cache?.get(key);
}

export function rememberDigest(cache: DigestCache | undefined, entry: ContextEntry, digest: string): void {
  const key = cache === undefined ? undefined : cacheKey(entry);
  if (key !== undefined) cache?.set(key, digest);
}

async function digestEntry(entry: ContextEntry, file: OpenFile | undefined): Promise<string> {
  const hash = openEntryHash(entry, file?.sizeBytes ?? 0);
  if (file !== undefined) for await (const chunk of file.chunks()) hash.update(chunk);
  return hash.digest('hex');
}

function cacheKey(entry: ContextEntry): string | undefined {
  if (entry.type !== 'file' || 'content' in entry.source) return undefined;
  const { stamp, convertsLineEndings } = entry.source;
  if (stamp === undefined) return undefined;
  return `${stamp} ${entry.isExecutable ? 'x' : ''}${convertsLineEndings ? 'l' : ''} ${entry.name}`;
}

const typeFlags = { file: '0', directory: '5', symlink: '2' } as const;

/**
 * The hash of an entry up to its content, which is to be added. The header fields are in the order of moby's
 * pkg/tarsum/versioning.go, v1TarHeaderSelect.
 */
export function openEntryHash(entry: ContextEntry, sizeBytes: number): Hash {
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
