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
import { KnownTree, type Changed } from './known-tree.ts';
import { isOutside, joinName, parentName } from './names.ts';
import type { Node } from './node.ts';
import { isGone, readContent, readNode, stampOf, statIfPresent, statTarget } from './read-node.ts';

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

export class HostTree {
  readonly root: string;
  readonly places: readonly string[];
  readonly #rules: TreeRules;
  readonly #listener: TreeListener;
  readonly #known: KnownTree;
  #executables = new Set<string>();

  constructor(root: string, rules: TreeRules, { listener = nobody, places = [''] }: HostTreeOptions = {}) {
    this.root = root;
    this.places = places;
    this.#rules = rules;
    this.#listener = listener;
    this.#known = new KnownTree(name => listener.onGone(name));
  }

  /** By name, with `/` and none at the end. */
  get nodes(): ReadonlyMap<string, Node> {
    return this.#known.nodes;
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
    this.#known.keepContents();
    const changed: Changed = new Map();
    const wanted = new Set(names);
    // What is below another one is looked at with it, and by nobody beside: two looks at once may each believe the older.
    const isCovered = (name: string): boolean => {
      for (let at = parentName(name); at !== ''; at = parentName(at)) if (wanted.has(at)) return true;
      return name !== '' && !isOutside(name) && wanted.has('');
    };
    await this.#refreshAll([...wanted].filter(name => !isCovered(name)).sort(), changed);
    return changed;
  }

  /** The bytes of a file, as it was looked at last where that is at hand; undefined when it is gone or can't be read. */
  async readContent(name: string): Promise<Buffer | undefined> {
    return this.#known.recent?.get(name) ?? readContent(this.root, name);
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
    if (stats === undefined || (!stats.isDirectory() && this.#known.isEntered(name)))
      this.#known.forget(name, changed);
    if (stats === undefined) return;
    if (name !== '' && !isIgnored) await this.#read(name, stats, changed);
    if (stats.isDirectory()) await this.#readChildren(name, changed);
  }

  async #read(name: string, stats: Stats, changed: Changed): Promise<void> {
    const stamp = stampOf(stats);
    if (stats.isFile() && this.#known.isSameFile(name, stamp)) return;
    this.#known.recent?.drop(name);
    let now: Node | undefined;
    try {
      now = await readNode(this.root, name, stats, {
        isExecutable: (it, { mode }) =>
          process.platform === 'win32' ? this.#executables.has(it) : (mode & 0o100) !== 0,
        onWhole: content => this.#known.recent?.keep(name, content),
      });
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.#listener.onUnreadable(name, error);
      return;
    }
    this.#known.set(name, { now, stamp }, changed);
  }

  async #readChildren(directory: string, changed: Changed): Promise<void> {
    this.#listener.onDirectory(directory);
    const found = await readdir(path.resolve(this.root, directory), { withFileTypes: true }).catch(
      (error: unknown) => {
        if (isGone(error)) return [];
        this.#tellUnreadable(directory, error);
        return undefined;
      },
    );
    if (found === undefined) return;
    const known = this.#known.enter(directory);
    const present = new Set(found.map(it => it.name));
    for (const base of known) if (!present.has(base)) this.#known.forget(joinName(directory, base), changed);
    const nameOf = (it: { name: string }): string => joinName(directory, it.name);
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
}
