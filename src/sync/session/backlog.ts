import type { Changed } from '../tree/known-tree.ts';

/** What may differ in a container. The law: a name stays until the container has acknowledged it. */
export class Backlog {
  readonly #names: Changed = new Map();
  /** When each came. */
  readonly #times = new Map<string, number>();
  #taken: Changed = new Map();
  #stop = new AbortController();

  /** Name → what it was before. */
  get names(): Changed {
    return this.#names;
  }

  /** Aborts when a name that was taken last has changed again: what is being sent is out of date. */
  get stale(): AbortSignal {
    return this.#stop.signal;
  }

  add(changed: Changed, nowMs: number): void {
    for (const [name, before] of changed) {
      if (!this.#names.has(name)) this.#names.set(name, before);
      if (this.#taken.has(name)) this.#stop.abort();
      else if (!this.#times.has(name)) this.#times.set(name, nowMs);
    }
  }

  /** Whatever is being sent is out of date. */
  interrupt(): void {
    this.#stop.abort();
  }

  /** `names` of it, to be sent, and when the first of them came; ended by `settle` or `putBack`. */
  take(names: Changed): number {
    this.#taken = new Map(names);
    for (const name of this.#taken.keys()) this.#names.delete(name);
    this.#stop = new AbortController();
    let first = Infinity;
    for (const name of this.#taken.keys()) first = Math.min(first, this.#times.get(name) ?? Infinity);
    return first;
  }

  /** They need not be sent. */
  drop(names: Iterable<string>): void {
    for (const name of names) {
      this.#names.delete(name);
      this.#times.delete(name);
    }
  }

  settle(): void {
    for (const name of this.#taken.keys()) if (!this.#names.has(name)) this.#times.delete(name);
    this.#taken = new Map();
  }

  putBack(): void {
    for (const [name, before] of this.#taken) this.#names.set(name, before);
    this.#taken = new Map();
  }

  clear(): void {
    this.#names.clear();
    this.#times.clear();
  }
}
