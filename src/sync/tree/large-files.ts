/**
 * Computes digests of large files in the background: a file of hundreds of megabytes takes seconds to hash, and other
 * edits must not wait for it.
 */
import path from 'node:path';
import { OsError } from '../../core/errors.ts';
import { hashFile, isSameStamp, stampOf, statIfPresent, type Digest, type Stamp } from './read-node.ts';

/** A smaller file is hashed in milliseconds. */
export const largeBytes = 4 * 1024 * 1024;

interface Hashed extends Digest {
  readonly stamp: Stamp;
}

export class LargeFiles implements Disposable {
  readonly #root: string;
  readonly #onHashed: (name: string) => void;
  readonly #hashed = new Map<string, Hashed>();
  readonly #running = new Set<string>();
  readonly #stop = new AbortController();
  #queue = Promise.resolve();

  /** `onHashed` is called when the digest of a file is known, so that the file can be scanned again. */
  constructor(root: string, onHashed: (name: string) => void) {
    this.#root = root;
    this.#onHashed = onHashed;
  }

  /** Returns the digest of the file with this stamp; undefined while it is being computed. */
  find(name: string, stamp: Stamp): Digest | undefined {
    const found = this.#hashed.get(name);
    if (isSameStamp(found?.stamp, stamp)) {
      this.#hashed.delete(name);
      return found;
    }
    if (!this.#running.has(name)) {
      this.#running.add(name);
      this.#queue = this.#queue.then(() => this.#hash(name));
    }
    return undefined;
  }

  async #hash(name: string): Promise<void> {
    const file = path.resolve(this.#root, name);
    const { signal } = this.#stop;
    try {
      const before = await statIfPresent(file);
      if (before?.isFile() === true && !signal.aborted) {
        const digest = await hashFile(this.#root, name, { expectedBytes: before.size, signal });
        this.#hashed.set(name, { ...digest, stamp: stampOf(before) });
      }
    } catch (error) {
      // The file changed while it was read, or may not be read: the next scan finds out.
      if (!(error instanceof OsError) && !signal.aborted) throw error;
    } finally {
      this.#running.delete(name);
    }
    if (!signal.aborted) this.#onHashed(name);
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }
}
