/** Keeps the contents of files that were just read to be hashed, so that they need not be read again to be sent. */
export class RecentContents {
  readonly #contents = new Map<string, Buffer>();
  readonly #limitBytes: number;
  #sizeBytes = 0;

  constructor(limitBytes = 16 * 1024 * 1024) {
    this.#limitBytes = limitBytes;
  }

  get(name: string): Buffer | undefined {
    return this.#contents.get(name);
  }

  /** The oldest contents are dropped if there are too many. */
  keep(name: string, content: Buffer): void {
    this.drop(name);
    this.#contents.set(name, content);
    this.#sizeBytes += content.length;
    for (const oldest of this.#contents.keys()) {
      if (this.#sizeBytes <= this.#limitBytes) return;
      this.drop(oldest);
    }
  }

  drop(name: string): void {
    this.#sizeBytes -= this.#contents.get(name)?.length ?? 0;
    this.#contents.delete(name);
  }
}
