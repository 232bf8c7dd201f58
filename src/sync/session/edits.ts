import type { Decision } from '../decide/decision.ts';

/** What was edited in a session, and not only found to differ. */
export class Edits {
  readonly #names = new Set<string>();
  #areNew = false;

  add(names: Iterable<string>): void {
    for (const name of names) this.#names.add(name);
    this.#areNew = true;
  }

  /** Whether there were any since this was asked last. */
  takeNew(): boolean {
    const areNew = this.#areNew;
    this.#areNew = false;
    return areNew;
  }

  /** Whether nothing is done about it before somebody edits it. */
  isAwaitedFor(decision: Decision): boolean {
    return decision.do === 'sync' && decision.waitsForEdit && !this.#names.has(decision.name);
  }
}
