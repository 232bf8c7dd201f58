/** Turns reported names of a context, and of other places that rules name, into batches of the files that really differ. */
import path from 'node:path';
import type { Clock } from '../../core/clock.ts';
import type { HostTree } from '../tree/host-tree.ts';
import type { Changed } from '../tree/known-tree.ts';
import { nameIn } from '../tree/names.ts';
import { isSameNode } from '../tree/node.ts';
import { isThere } from '../tree/read-node.ts';
import type { Batcher } from './batcher.ts';
import type { ChangedFiles } from './changed-files.ts';
import { awayMs, untilThere } from './until-there.ts';

export interface ContextListener {
  /** Gets the changed files, and the time of the first event. */
  readonly onBatch: (changed: Changed, startedMs: number) => void;
  /** The directory of the context is missing, which says nothing about its files. A batch follows once it is back. */
  readonly onAway?: () => void;
}

export interface ContextWatchParts {
  readonly tree: HostTree;
  /** Collects names whose files may have changed. */
  readonly batcher: Batcher<string>;
  readonly contents: ChangedFiles;
  /** Absolute names of the files that decide how the image is built. */
  readonly buildFiles: readonly string[];
  /** Absolute; undefined if there is none. */
  readonly ignoreFile: string | undefined;
  readonly clock: Clock;
  /** Returns the number of events since the last call. */
  readonly takeEventCount: () => number;
  readonly close: () => void;
}

/**
 * After this many events everything is re-read. Linux drops events beyond fs.inotify.max_queued_events, which Node does not
 * report, and a directory that is replaced quickly may be another one when it is watched than when it is read.
 */
const manyEvents = 500;
/** The delay of that re-read, so that the changes already known go first. */
const manyEventsMs = 1000;
/** An empty file may be half-way through a save, since many programs empty a file first and write it then. */
export const emptyMs = 40;

export class ContextWatch implements Disposable {
  readonly #parts: ContextWatchParts;
  /** Names that are due to be re-read after a delay. */
  readonly #later = new Set<string>();

  constructor(parts: ContextWatchParts) {
    this.#parts = parts;
  }

  get tree(): HostTree {
    return this.#parts.tree;
  }

  /** Absolute names of the files that decide how the image is built. */
  get buildFiles(): readonly string[] {
    return this.#parts.buildFiles;
  }

  /** Ignore files of the context, named as changes name them, including those that do not exist yet. */
  get ignoreFiles(): readonly string[] {
    const { ignoreFile } = this.#parts;
    return [...(ignoreFile === undefined ? [] : [this.#nameOf(ignoreFile)]), '.dockerignore'];
  }

  /** Hands `name` out as changed once it was read again: something else was read of it than is known. */
  reread(name: string): void {
    const { tree, batcher } = this.#parts;
    tree.doubt(name);
    batcher.add(name);
  }

  /** Hands out batches until `signal` aborts. */
  async run({ onBatch, onAway = () => undefined }: ContextListener, signal: AbortSignal): Promise<void> {
    const { tree, batcher, buildFiles, contents, clock, takeEventCount } = this.#parts;
    await this.#rereadMissing(signal);
    for (;;) {
      const { items, startedMs } = await batcher.next(signal);
      if (takeEventCount() > manyEvents)
        for (const name of tree.roots) void this.#rereadLater(name, manyEventsMs, signal);
      const changed = await tree.refresh([...items].filter(name => !buildFiles.includes(name)));
      await this.#rereadMissing(signal);
      const wasAway = await this.#isAway();
      if (wasAway) {
        onAway();
        await untilThere(tree.root, { clock, signal });
        await this.#reread(changed, ['']);
      }
      await this.#awaitContent(changed, signal);
      // Build files count by their content alone; an absence that is over is no change.
      for (const it of buildFiles) changed.delete(this.#nameOf(it));
      for (const it of await contents.refresh(buildFiles)) changed.set(this.#nameOf(it), undefined);
      if (changed.size > 0 || wasAway) onBatch(changed, startedMs);
    }
  }

  #nameOf(file: string): string {
    return nameIn(this.tree.root, file);
  }

  /** True if the directory of the context is missing, which says nothing about its files. */
  async #isAway(): Promise<boolean> {
    return this.tree.roots.includes('') && !(await isThere(this.tree.root));
  }

  /** Has missing places beside the context re-read until they are back. */
  async #rereadMissing(signal: AbortSignal): Promise<void> {
    for (const name of this.tree.roots.filter(it => it !== ''))
      if (!(await isThere(path.resolve(this.tree.root, name)))) void this.#rereadLater(name, awayMs, signal);
  }

  async #rereadLater(name: string, afterMs: number, signal: AbortSignal): Promise<void> {
    if (this.#later.has(name)) return;
    this.#later.add(name);
    await this.#parts.clock.sleep(afterMs, signal).catch(() => undefined); // the signal aborts
    this.#later.delete(name);
    this.#parts.batcher.add(name);
  }

  async #awaitContent(changed: Changed, signal: AbortSignal): Promise<void> {
    const isEmpty = (name: string): boolean => {
      const node = this.tree.nodes.get(name);
      return node?.kind === 'file' && node.sizeBytes === 0;
    };
    const empty = [...changed.keys()].filter(isEmpty);
    if (empty.length === 0) return;
    await this.#parts.clock.sleep(emptyMs, signal);
    await this.#reread(changed, empty);
  }

  /** Re-reads `names`, and updates `changed` to the difference from before the batch. */
  async #reread(changed: Changed, names: readonly string[]): Promise<void> {
    const { nodes } = this.tree;
    for (const [name, before] of await this.tree.refresh(names))
      if (!changed.has(name)) changed.set(name, before);
    for (const [name, before] of changed) if (isSameNode(before, nodes.get(name))) changed.delete(name);
  }

  [Symbol.dispose](): void {
    this.#parts.close();
  }
}
