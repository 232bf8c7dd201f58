/**
 * A build context and what else is watched, as it is on this machine, kept up to date by path. Names are relative to the
 * context; those of what is outside of it are absolute. The law: what is ignored is never touched.
 */
import type { Stats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, OsError } from '../../core/errors.ts';
import { cannotRead } from '../../project/context/read-failure.ts';
import type { IgnoreRules } from '../../project/context/ignore-rules.ts';
import { readGitExecutables } from '../../project/context/git-modes.ts';
import { isOutside } from './names.ts';
import { isSameNode, type Node } from './node.ts';
import {
  isSameStamp,
  readContent,
  readNode,
  stampOf,
  statIfPresent,
  statTarget,
  type Stamp,
} from './read-node.ts';
import { RecentContents } from './recent-contents.ts';

/** Name → what it was before; undefined where nothing was. */
export type Changed = Map<string, Node | undefined>;

export interface TreeListener {
  /** Of every directory that is looked into, before it is. */
  onDirectory(name: string): void;
  /** Of directories that are gone. */
  onGone(name: string): void;
  /** Of what is there and can't be read: the tree has it as it was. */
  onUnreadable(name: string, error: OsError): void;
}

/** What is none of the tree's. */
export type TreeRules = Pick<IgnoreRules, 'isIgnored' | 'mayHoldExceptions'>;

interface HostTreeOptions {
  readonly listener?: TreeListener;
  /** Names of what is looked at; as it stands, the whole root. */
  readonly places?: readonly string[];
}

const nobody: TreeListener = {
  ...{ onDirectory: () => undefined, onGone: () => undefined, onUnreadable: () => undefined },
};

/** Files that are looked at together. */
const atOnce = 32;

const split = (name: string): [directory: string, base: string] => {
  const slash = name.lastIndexOf('/');
  return [name.slice(0, Math.max(slash, 0)), name.slice(slash + 1)];
};
const join = (directory: string, base: string): string =>
  directory === '' || directory.endsWith('/') ? directory + base : `${directory}/${base}`;

export class HostTree {
  readonly root: string;
  readonly places: readonly string[];
  readonly #rules: TreeRules;
  readonly #listener: TreeListener;
  readonly #nodes = new Map<string, Node>();
  readonly #stamps = new Map<string, Stamp>();
  /** What is known in each directory that has been looked into. */
  readonly #children = new Map<string, Set<string>>();
  /** None before all has been looked at once: most of that is nobody's to send. */
  #recent: RecentContents | undefined;
  #executables = new Set<string>();

  constructor(root: string, rules: TreeRules, { listener = nobody, places = [''] }: HostTreeOptions = {}) {
    this.root = root;
    this.places = places;
    this.#rules = rules;
    this.#listener = listener;
  }

  /** By name, with `/` and none at the end. */
  get nodes(): ReadonlyMap<string, Node> {
    return this.#nodes;
  }

  /** Whether `name` and everything below it is none of the tree's. */
  isIgnored(name: string): boolean {
    return this.#rules.isIgnored(name) && !this.#rules.mayHoldExceptions(name);
  }

  /** Looks at everything. */
  async readAll(): Promise<void> {
    if (process.platform === 'win32') this.#executables = await readGitExecutables(this.root);
    await this.#refreshAll(this.places, new Map());
  }

  /** Looks at `names` again, and below those that are directories now or were; tells what differs. */
  async refresh(names: Iterable<string>): Promise<Changed> {
    this.#recent ??= new RecentContents();
    const changed: Changed = new Map();
    const wanted = new Set(names);
    // What is below another one is looked at with it, and by nobody beside: two looks at once may each believe the older.
    const isCovered = (name: string): boolean => {
      for (let [at] = split(name); at !== ''; [at] = split(at)) if (wanted.has(at)) return true;
      return name !== '' && !isOutside(name) && wanted.has('');
    };
    await this.#refreshAll([...wanted].filter(name => !isCovered(name)).sort(), changed);
    return changed;
  }

  /** The bytes of a file, as it was looked at last where that is at hand; undefined when it is gone or can't be read. */
  async readContent(name: string): Promise<Buffer | undefined> {
    return this.#recent?.get(name) ?? readContent(this.root, name);
  }

  async #refreshAll(names: readonly string[], changed: Changed): Promise<void> {
    for (let at = 0; at < names.length; at += atOnce)
      await Promise.all(names.slice(at, at + atOnce).map(name => this.#refreshOne(name, changed)));
  }

  async #refreshOne(name: string, changed: Changed): Promise<void> {
    const isIgnored = name !== '' && this.#rules.isIgnored(name);
    if (isIgnored && !this.#rules.mayHoldExceptions(name)) return;
    let stats: Stats | undefined;
    try {
      stats = await (name === '' ? statTarget(this.root) : statIfPresent(path.resolve(this.root, name)));
    } catch (error) {
      this.#tellUnreadable(name, error);
      return;
    }
    if (stats === undefined || (!stats.isDirectory() && this.#children.has(name)))
      this.#forget(name, changed);
    if (stats === undefined) return;
    if (name !== '' && !isIgnored) await this.#read(name, stats, changed);
    if (stats.isDirectory()) await this.#readChildren(name, changed);
  }

  async #read(name: string, stats: Stats, changed: Changed): Promise<void> {
    const stamp = stampOf(stats);
    const before = this.#nodes.get(name);
    if (before?.kind === 'file' && stats.isFile() && isSameStamp(this.#stamps.get(name), stamp)) return;
    this.#recent?.drop(name);
    let now: Node | undefined;
    try {
      now = await readNode(this.root, name, stats, {
        isExecutable: (it, { mode }) =>
          process.platform === 'win32' ? this.#executables.has(it) : (mode & 0o100) !== 0,
        onWhole: content => this.#recent?.keep(name, content),
      });
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.#listener.onUnreadable(name, error);
      return;
    }
    this.#stamps.set(name, stamp);
    if (isSameNode(this.#nodes.get(name), now)) return;
    if (!changed.has(name)) changed.set(name, before);
    if (now === undefined) this.#nodes.delete(name);
    else {
      this.#nodes.set(name, now);
      this.#note(name);
    }
  }

  async #readChildren(directory: string, changed: Changed): Promise<void> {
    this.#listener.onDirectory(directory);
    const found = await readdir(path.resolve(this.root, directory), { withFileTypes: true }).catch(
      (error: unknown) => {
        if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return [];
        this.#tellUnreadable(directory, error);
        return undefined;
      },
    );
    if (found === undefined) return;
    if (directory !== '') this.#note(directory);
    const known = this.#children.get(directory) ?? new Set();
    this.#children.set(directory, known);
    const present = new Set(found.map(it => it.name));
    for (const base of known) if (!present.has(base)) this.#forget(join(directory, base), changed);
    const nameOf = (it: { name: string }): string => join(directory, it.name);
    await this.#refreshAll(found.filter(it => !it.isDirectory()).map(nameOf), changed);
    // What holds the root is looked at without it, as names in it are relative.
    const own = this.root.replaceAll(path.sep, '/');
    for (const it of found)
      if (it.isDirectory() && nameOf(it) !== own) await this.#refreshOne(nameOf(it), changed);
  }

  #tellUnreadable(name: string, error: unknown): void {
    if (errnoOf(error) === undefined) throw error;
    this.#listener.onUnreadable(name, cannotRead(name === '' ? this.root : name, error));
  }

  #note(name: string): void {
    const [directory, base] = split(name);
    const known = this.#children.get(directory);
    if (known === undefined) this.#children.set(directory, new Set([base]));
    else known.add(base);
  }

  #forget(name: string, changed: Changed): void {
    const [directory, base] = split(name);
    for (const child of this.#children.get(name) ?? []) this.#forget(join(name, child), changed);
    if (this.#children.delete(name)) this.#listener.onGone(name);
    if (name !== '') this.#children.get(directory)?.delete(base);
    const before = this.#nodes.get(name);
    if (before === undefined) return;
    if (!changed.has(name)) changed.set(name, before);
    this.#nodes.delete(name);
    this.#stamps.delete(name);
    this.#recent?.drop(name);
  }
}
