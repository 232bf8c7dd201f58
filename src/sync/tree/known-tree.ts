import { baseName, joinName, parentName } from './names.ts';
import { isSameNode, type Node } from './node.ts';
import { isSameStamp, type Stamp } from './read-node.ts';
import { RecentContents } from './recent-contents.ts';

/** Name → what it was before; undefined where nothing was. */
export type Changed = Map<string, Node | undefined>;

/** What is known of a tree by looking at it; what that makes differ is noted in a `Changed`. */
export class KnownTree {
  readonly #onGone: (directory: string) => void;
  readonly #nodes = new Map<string, Node>();
  readonly #stamps = new Map<string, Stamp>();
  /** What is known in each directory that has been looked into. */
  readonly #children = new Map<string, Set<string>>();
  #recent: RecentContents | undefined;

  constructor(onGone: (directory: string) => void) {
    this.#onGone = onGone;
  }

  get nodes(): ReadonlyMap<string, Node> {
    return this.#nodes;
  }

  /** None before all has been looked at once: most of that is nobody's to send. */
  get recent(): RecentContents | undefined {
    return this.#recent;
  }

  keepContents(): void {
    this.#recent ??= new RecentContents();
  }

  isSameFile(name: string, stamp: Stamp): boolean {
    return this.#nodes.get(name)?.kind === 'file' && isSameStamp(this.#stamps.get(name), stamp);
  }

  isEntered(directory: string): boolean {
    return this.#children.has(directory);
  }

  /** `directory` is looked into; returns what was known in it. */
  enter(directory: string): ReadonlySet<string> {
    if (directory !== '') this.#addToParent(directory);
    const known = this.#children.get(directory) ?? new Set();
    this.#children.set(directory, known);
    return known;
  }

  set(name: string, { now, stamp }: { now: Node | undefined; stamp: Stamp }, changed: Changed): void {
    const before = this.#nodes.get(name);
    this.#stamps.set(name, stamp);
    if (isSameNode(before, now)) return;
    if (!changed.has(name)) changed.set(name, before);
    if (now === undefined) this.#nodes.delete(name);
    else {
      this.#nodes.set(name, now);
      this.#addToParent(name);
    }
  }

  /** It is gone, with all that is below it. */
  forget(name: string, changed: Changed): void {
    for (const child of this.#children.get(name) ?? []) this.forget(joinName(name, child), changed);
    if (this.#children.delete(name)) this.#onGone(name);
    if (name !== '') this.#children.get(parentName(name))?.delete(baseName(name));
    const before = this.#nodes.get(name);
    if (before === undefined) return;
    if (!changed.has(name)) changed.set(name, before);
    this.#nodes.delete(name);
    this.#stamps.delete(name);
    this.#recent?.drop(name);
  }

  #addToParent(name: string): void {
    const parent = parentName(name);
    const known = this.#children.get(parent);
    if (known === undefined) this.#children.set(parent, new Set([baseName(name)]));
    else known.add(baseName(name));
  }
}
