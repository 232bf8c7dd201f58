/**
 * Holds a build context and what else is watched, as on this machine, kept up to date by path. Names are relative to the
 * context; outside of it they are absolute. The law: what is ignored is never read.
 */
import type { Stats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, OsError } from '../../core/errors.ts';
import { cannotRead } from '../../project/context/read-failure.ts';
import type { IgnoreRules } from '../../project/context/ignore/ignore-rules.ts';
import { openBuffer, type OpenFile } from '../../project/context/content/read-file.ts';
import { readGitExecutables } from '../../project/context/git-modes.ts';
import { KnownTree, type Changed } from './known-tree.ts';
import { isOutside, joinName, parentName } from './names.ts';
import type { Node } from './node.ts';
import { LargeFiles, largeBytes } from './large-files.ts';
import { isGone, openContent, readNode, stampOf, statIfPresent, statTarget } from './read-node.ts';

export interface TreeListener {
  /** Called for every directory before it is scanned. */
  onDirectory(name: string): void;
  /** Called for every directory that is gone. */
  onGone(name: string): void;
  /** A large file has been hashed: `refresh` takes it in. Without this, large files are hashed at once. */
  onHashed?(name: string): void;
  /** Called for what is there and can't be read: the tree keeps what it knew of it. */
  onUnreadable(name: string, error: OsError): void;
}

/** Rules for what does not belong to the tree. */
export type TreeRules = Pick<IgnoreRules, 'isIgnored' | 'mayHoldExceptions'>;

interface HostTreeOptions {
  readonly listener?: TreeListener;
  /** Names of what is scanned; by default the whole root. */
  readonly roots?: readonly string[];
}

const nobody: TreeListener = {
  onDirectory: () => undefined,
  onGone: () => undefined,
  onUnreadable: () => undefined,
};

/** The number of files that are scanned at the same time. */
const atOnce = 32;

export class HostTree {
  readonly root: string;
  readonly roots: readonly string[];
  readonly #rules: TreeRules;
  readonly #listener: TreeListener;
  readonly #known: KnownTree;
  readonly #large: LargeFiles | undefined;
  #executables = new Set<string>();
  /** Inodes of changed files that have several names. */
  readonly #linked = new Set<number>();

  constructor(root: string, rules: TreeRules, { listener = nobody, roots = [''] }: HostTreeOptions = {}) {
    this.root = root;
    this.roots = roots;
    this.#rules = rules;
    this.#listener = listener;
    this.#known = new KnownTree(name => listener.onGone(name));
    if (listener.onHashed !== undefined)
      this.#large = new LargeFiles(root, name => listener.onHashed?.(name));
  }

  /** Returns the nodes by name, with `/` and none at the end. */
  get nodes(): ReadonlyMap<string, Node> {
    return this.#known.nodes;
  }

  /** True if neither `name` nor anything below it belongs to the tree. */
  isIgnored(name: string): boolean {
    return this.#rules.isIgnored(name) && !this.#rules.mayHoldExceptions(name);
  }

  /** Scans everything. */
  async readAll(): Promise<void> {
    if (process.platform === 'win32') this.#executables = await readGitExecutables(this.root);
    await this.#refreshAll(this.roots, new Map());
  }

  /** Scans `names` again, and everything below those that are directories now or were; returns what differs. */
  async refresh(names: Iterable<string>): Promise<Changed> {
    this.#known.keepContents();
    const changed: Changed = new Map();
    const wanted = new Set(names);
    // A name below another one is scanned with that one alone: of two scans at once, each may believe the older content.
    const isCovered = (name: string): boolean => {
      for (let at = parentName(name); at !== ''; at = parentName(at)) if (wanted.has(at)) return true;
      return name !== '' && !isOutside(name) && wanted.has('');
    };
    this.#linked.clear();
    await this.#refreshAll([...wanted].filter(name => !isCovered(name)).sort(), changed);
    // A file that is written to under one name has changed under all of them, and the system reports that one alone.
    const others = this.#linked.size > 0 ? this.#known.namesOf(this.#linked) : [];
    await this.#refreshAll(
      others.filter(name => !changed.has(name)),
      changed,
    );
    return changed;
  }

  /** Opens a file, as it was read last if that is in memory; returns undefined if it is gone or cannot be read. */
  async openContent(name: string): Promise<OpenFile | undefined> {
    const recent = this.#known.recent?.get(name);
    return recent === undefined ? openContent(this.root, name) : openBuffer(recent);
  }

  /** Something else was read of `name` than is known of it: `refresh` tells it as changed, whatever it finds. */
  doubt(name: string): void {
    this.#known.doubt(name);
  }

  /** Ends what runs in the background. */
  close(): void {
    this.#large?.[Symbol.dispose]();
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
    if (stats.isFile() && stats.nlink > 1) this.#linked.add(stats.ino);
    this.#known.recent?.drop(name);
    let now: Node | undefined;
    try {
      // Until everything was read once, no edit is waiting.
      const isLater = this.#large !== undefined && this.#known.recent !== undefined;
      if (isLater && stats.isFile() && stats.size > largeBytes) {
        const digest = this.#large.find(name, stamp);
        if (digest === undefined) return;
        now = { kind: 'file', isExecutable: this.#isExecutable(name, stats), ...digest };
      } else
        now = await readNode(this.root, name, stats, {
          isExecutable: (it, found) => this.#isExecutable(it, found),
          onWhole: content => this.#known.recent?.keep(name, content),
        });
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.#listener.onUnreadable(name, error);
      return;
    }
    this.#known.set(name, { now, stamp }, changed);
  }

  #isExecutable(name: string, { mode }: Stats): boolean {
    return process.platform === 'win32' ? this.#executables.has(name) : (mode & 0o100) !== 0;
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
    const nameOf = (it: { readonly name: string }): string => joinName(directory, it.name);
    await this.#refreshAll(found.filter(it => !it.isDirectory()).map(nameOf), changed);
    // A directory that holds the root is scanned without the root, as names in the root are relative.
    const own = this.root.replaceAll(path.sep, '/');
    for (const it of found)
      if (it.isDirectory() && nameOf(it) !== own) await this.#refreshOne(nameOf(it), changed);
  }

  #tellUnreadable(name: string, error: unknown): void {
    if (errnoOf(error) === undefined) throw error;
    this.#listener.onUnreadable(name, cannotRead(name === '' ? this.root : name, error));
  }
}
