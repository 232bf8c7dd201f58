import type { Decision } from '../decide/decision.ts';

/** Names of what rules bring to the container, as it is now, and no build takes: it is in no image. */
export class Brought {
  readonly #nodes: ReadonlyMap<string, unknown>;
  readonly #names = new Set<string>();

  constructor(nodes: ReadonlyMap<string, unknown>) {
    this.#nodes = nodes;
  }

  get names(): readonly string[] {
    return [...this.#names];
  }

  note(decisions: readonly Decision[]): void {
    for (const it of decisions)
      if (it.do === 'sync' && !it.isBuilt && this.#nodes.has(it.name)) this.#names.add(it.name);
      else this.#names.delete(it.name);
  }
}
