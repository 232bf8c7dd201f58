/** A build context as it is on this machine, kept up to date by path. The law: what is ignored is never touched. */
import type { Stats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../../core/errors.ts';
import type { IgnoreRules } from '../../project/context/ignore-rules.ts';
import { readGitExecutables } from '../../project/context/git-modes.ts';
import { isSameNode, type Node } from './node.ts';
import { isSameStamp, readNode, stampOf, statIfPresent, type Stamp } from './read-node.ts';

/** Name → what it was before; undefined where nothing was. */
export type Changed = Map<string, Node | undefined>;

export class HostTree {
  readonly root: string;
  readonly #rules: IgnoreRules;
  readonly #nodes = new Map<string, Node>();
  readonly #stamps = new Map<string, Stamp>();
  #executables = new Set<string>();

  constructor(root: string, rules: IgnoreRules) {
    this.root = root;
    this.#rules = rules;
  }

  /** By name, relative to the context, with `/` and none at the end. */
  get nodes(): ReadonlyMap<string, Node> {
    return this.#nodes;
  }

  /** Whether `name` and everything below it is none of the context's. */
  isIgnored(name: string): boolean {
    return this.#rules.isIgnored(name) && !this.#rules.mayHoldExceptions(name);
  }

  /** Looks at everything. */
  async readAll(): Promise<void> {
    if (process.platform === 'win32') this.#executables = await readGitExecutables(this.root);
    await this.#readChildren('', new Map());
  }

  /** Looks at `names` again, and below those that are directories now or were; tells what differs. */
  async refresh(names: Iterable<string>): Promise<Changed> {
    const changed: Changed = new Map();
    for (const name of [...new Set(names)].sort()) await this.#refreshOne(name, changed);
    return changed;
  }

  async #refreshOne(name: string, changed: Changed): Promise<void> {
    if (name !== '' && this.isIgnored(name)) return;
    const stats = await statIfPresent(path.join(this.root, name));
    if (stats === undefined) {
      this.#forget(name, changed);
      return;
    }
    await this.#read(name, stats, changed);
    if (stats.isDirectory()) await this.#readChildren(name, changed);
  }

  async #read(name: string, stats: Stats, changed: Changed): Promise<void> {
    if (name === '' || this.#rules.isIgnored(name)) return;
    const stamp = stampOf(stats);
    const before = this.#nodes.get(name);
    if (before?.kind === 'file' && stats.isFile() && isSameStamp(this.#stamps.get(name), stamp)) return;
    const now = await readNode(this.root, name, stats, (it, { mode }) =>
      process.platform === 'win32' ? this.#executables.has(it) : (mode & 0o100) !== 0,
    );
    if (before?.kind === 'directory' && now?.kind !== 'directory') this.#forget(name, changed);
    this.#stamps.set(name, stamp);
    if (isSameNode(this.#nodes.get(name), now)) return;
    if (!changed.has(name)) changed.set(name, before);
    if (now === undefined) this.#nodes.delete(name);
    else this.#nodes.set(name, now);
  }

  async #readChildren(directory: string, changed: Changed): Promise<void> {
    const prefix = directory === '' ? '' : `${directory}/`;
    const children = await readdir(path.join(this.root, directory)).catch((error: unknown) => {
      if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errnoOf(error) ?? '')) return [];
      throw error;
    });
    const present = new Set(children.map(child => prefix + child));
    for (const name of this.#below(prefix)) {
      const child = name.slice(prefix.length).split('/')[0] ?? '';
      if (!present.has(prefix + child)) this.#forget(prefix + child, changed);
    }
    for (const name of present) await this.#refreshOne(name, changed);
  }

  #below(prefix: string): string[] {
    return prefix === ''
      ? [...this.#nodes.keys()]
      : [...this.#nodes.keys()].filter(it => it.startsWith(prefix));
  }

  #forget(name: string, changed: Changed): void {
    for (const it of [name, ...this.#below(`${name}/`)]) {
      const before = this.#nodes.get(it);
      if (before === undefined) continue;
      if (!changed.has(it)) changed.set(it, before);
      this.#nodes.delete(it);
      this.#stamps.delete(it);
    }
  }
}
