import type { Decision } from '../decide/decision.ts';

export interface BroughtOptions {
  readonly nodes: ReadonlyMap<string, unknown>;
  /** Whether a build takes `name`. */
  readonly isBuilt: (name: string) => boolean;
}

/** Names of what rules bring to the container, as it is now, and no build takes: it is in no image. */
export class Brought {
  readonly #options: BroughtOptions;
  readonly #names = new Set<string>();

  constructor(options: BroughtOptions) {
    this.#options = options;
  }

  get names(): readonly string[] {
    return [...this.#names];
  }

  note(decisions: readonly Decision[]): void {
    const { nodes, isBuilt } = this.#options;
    for (const { name, do: what } of decisions)
      if (what !== 'sync' || !nodes.has(name)) this.#names.delete(name);
      else if (!isBuilt(name)) this.#names.add(name);
  }
}
