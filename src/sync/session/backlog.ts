import type { Changed } from '../tree/host-tree.ts';

/** Names that go to a container together → what they were before, and when the first of them changed. */
export interface Batch {
  readonly names: Changed;
  readonly sinceMs: number;
}

/** What may differ in a container. The law: a name stays until the container has acknowledged it. */
export class Backlog {
  readonly #names: Changed = new Map();
  #sinceMs = 0;
  #taken: Batch | undefined;
  #stop = new AbortController();

  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  get names(): Changed {
    return this.#names;
  }

  /** Aborts when a name that was taken last has changed again: what is being sent is out of date. */
  get stale(): AbortSignal {
    return this.#stop.signal;
  }

  add(changed: Changed, sinceMs: number): void {
    if (this.isEmpty) this.#sinceMs = sinceMs;
    for (const [name, before] of changed) {
      if (!this.#names.has(name)) this.#names.set(name, before);
      if (this.#taken?.names.has(name) === true) this.#stop.abort();
    }
  }

  /** Whatever is being sent is out of date. */
  interrupt(): void {
    this.#stop.abort();
  }

  /** `names` of it, to be sent; ended by `settle` or `putBack`. */
  take(names: Changed): Batch {
    this.#taken = { names: new Map(names), sinceMs: this.#sinceMs };
    for (const name of this.#taken.names.keys()) this.#names.delete(name);
    this.#stop = new AbortController();
    return this.#taken;
  }

  settle(): void {
    this.#taken = undefined;
  }

  putBack(): void {
    for (const [name, before] of this.#taken?.names ?? []) this.#names.set(name, before);
    this.#sinceMs = this.#taken?.sinceMs ?? this.#sinceMs;
    this.#taken = undefined;
  }

  clear(): void {
    this.#names.clear();
  }
}
