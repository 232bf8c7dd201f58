import { baseName, joinName, parentName } from './names.ts';
import { isSameNode, type Node } from './node.ts';
import { isSameStamp, type Stamp } from './read-node.ts';
import { RecentContents } from './recent-contents.ts';

/** Name → what it was before; undefined if nothing was there. */
export type Changed = Map<string, Node | undefined>;

/** Records what scans of a tree have found. Each scan notes differences in a `Changed`. */
export class KnownTree {
  readonly #onGone: (directory: string) => void;
  readonly #nodes = new Map<string, Node>();
  readonly #stamps = new Map<string, Stamp>();
  /** Scanned directory → the names of what is in it. */
  readonly #children = new Map<string, Set<string>>();
  /** Names whose next scan is a change, also where it finds what is known. */
  readonly #doubted = new Set<string>();
  #recent: RecentContents | undefined;

  constructor(onGone: (directory: string) => void) {
    this.#onGone = onGone;
  }

  get nodes(): ReadonlyMap<string, Node> {
    return this.#nodes;
  }

  /** Undefined before everything was scanned once: most of that is never sent. */
  get recent(): RecentContents | undefined {
    return this.#recent;
  }

  keepContents(): void {
    this.#recent ??= new RecentContents();
  }

  isSameFile(name: string, stamp: Stamp): boolean {
    return this.#nodes.get(name)?.kind === 'file' && isSameStamp(this.#stamps.get(name), stamp);
  }

  /** Something else may have been read of `name` than is known: whatever the next scan finds there is a change. */
  doubt(name: string): void {
    if (!this.#nodes.has(name)) return;
    this.#doubted.add(name);
    this.#stamps.delete(name);
  }

  /** Returns the names of files with one of these inodes. */
  namesOf(inodes: ReadonlySet<number>): string[] {
    return [...this.#stamps].flatMap(([name, { inode }]) => (inodes.has(inode) ? [name] : []));
  }

  isEntered(directory: string): boolean {
    return this.#children.has(directory);
  }

  /** Notes that `directory` is scanned; returns the names that were known in it. */
  enter(directory: string): ReadonlySet<string> {
    if (directory !== '') this.#addToParent(directory);
    const known = this.#children.get(directory) ?? new Set();
    this.#children.set(directory, known);
    return known;
  }

  set(
    name: string,
    { now, stamp }: { readonly now: Node | undefined; readonly stamp: Stamp },
    changed: Changed,
  ): void {
    const before = this.#nodes.get(name);
    this.#stamps.set(name, stamp);
    const wasDoubted = this.#doubted.delete(name);
    const isSame = isSameNode(before, now);
    if (isSame && !wasDoubted) return;
    if (!changed.has(name)) changed.set(name, isSame ? undefined : before);
    if (now === undefined) this.#nodes.delete(name);
    else {
      this.#nodes.set(name, now);
      this.#addToParent(name);
    }
  }

  /** Notes that `name` is gone, with everything below it. */
  forget(name: string, changed: Changed): void {
    for (const child of this.#children.get(name) ?? []) this.forget(joinName(name, child), changed);
    if (this.#children.delete(name)) this.#onGone(name);
    if (name !== '') this.#children.get(parentName(name))?.delete(baseName(name));
    const before = this.#nodes.get(name);
    if (before === undefined) return;
    if (!changed.has(name)) changed.set(name, before);
    this.#nodes.delete(name);
    this.#stamps.delete(name);
    this.#doubted.delete(name);
    this.#recent?.drop(name);
  }

  #addToParent(name: string): void {
    const parent = parentName(name);
    const known = this.#children.get(parent);
    if (known === undefined) this.#children.set(parent, new Set([baseName(name)]));
    else known.add(baseName(name));
  }
}
