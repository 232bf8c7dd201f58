/** From news of a context, and of what else rules name, to batches of what really differs. */
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
  /** What changed, and when the first event of it came. */
  readonly onBatch: (changed: Changed, startedMs: number) => void;
  /** The context's directory is away, which says nothing of what was in it; once it is back there is a batch. */
  readonly onAway?: () => void;
}

export interface ContextWatchParts {
  readonly tree: HostTree;
  /** Names that something may have happened to. */
  readonly batcher: Batcher<string>;
  readonly contents: ChangedFiles;
  /** Absolute names of what decides how the image is built. */
  readonly buildFiles: readonly string[];
  /** Absolute; undefined where there is none. */
  readonly ignoreFile: string | undefined;
  readonly clock: Clock;
  /** How many pieces of news there were since it was asked last. */
  readonly takeNewsCount: () => number;
  readonly close: () => void;
}

/**
 * After so much news everything is looked at: Linux drops what is more than fs.inotify.max_queued_events, and Node tells
 * nobody; and directories that come and go at once may have been others when they were watched and when they were read.
 */
const muchNews = 500;
/** Then it is looked at when what is known to have changed is out of the way. */
const muchNewsMs = 1000;
/** What is empty now may be in the midst of being saved: many empty a file and write it then. */
export const emptyMs = 40;

export class ContextWatch implements Disposable {
  readonly #parts: ContextWatchParts;
  /** Names that are looked at again after a time. */
  readonly #later = new Set<string>();

  constructor(parts: ContextWatchParts) {
    this.#parts = parts;
  }

  get tree(): HostTree {
    return this.#parts.tree;
  }

  /** Absolute names of what decides how the image is built. */
  get buildFiles(): readonly string[] {
    return this.#parts.buildFiles;
  }

  /** Those that decide what belongs to the context, as changes name them, also such as are not there yet. */
  get ignoreFiles(): readonly string[] {
    const { ignoreFile } = this.#parts;
    return [...(ignoreFile === undefined ? [] : [this.#nameOf(ignoreFile)]), '.dockerignore'];
  }

  /** Hands out batches until `signal` aborts. */
  async run({ onBatch, onAway = () => undefined }: ContextListener, signal: AbortSignal): Promise<void> {
    const { tree, batcher, buildFiles, contents, clock, takeNewsCount } = this.#parts;
    await this.#lookForAway(signal);
    for (;;) {
      const { items, startedMs } = await batcher.next(signal);
      if (takeNewsCount() > muchNews)
        for (const name of tree.places) void this.#lookLater(name, muchNewsMs, signal);
      const changed = await tree.refresh([...items].filter(name => !buildFiles.includes(name)));
      await this.#lookForAway(signal);
      const wasAway = await this.#isAway();
      if (wasAway) {
        onAway();
        await untilThere(tree.root, { clock, signal });
        await this.#lookAgain(changed, ['']);
      }
      await this.#awaitContent(changed, signal);
      // Of these it counts what they hold, and not whether they were away.
      for (const it of buildFiles) changed.delete(this.#nameOf(it));
      for (const it of await contents.refresh(buildFiles)) changed.set(this.#nameOf(it), undefined);
      if (changed.size > 0 || wasAway) onBatch(changed, startedMs);
    }
  }

  #nameOf(file: string): string {
    return nameIn(this.tree.root, file);
  }

  /** A context that is away says nothing of what was in it. */
  async #isAway(): Promise<boolean> {
    return this.tree.places.includes('') && !(await isThere(this.tree.root));
  }

  /** Places beside it are looked at again until they are back. */
  async #lookForAway(signal: AbortSignal): Promise<void> {
    for (const name of this.tree.places.filter(it => it !== ''))
      if (!(await isThere(path.resolve(this.tree.root, name)))) void this.#lookLater(name, awayMs, signal);
  }

  async #lookLater(name: string, afterMs: number, signal: AbortSignal): Promise<void> {
    if (this.#later.has(name)) return;
    this.#later.add(name);
    await this.#parts.clock.sleep(afterMs, signal).catch(() => undefined); // it is told to stop
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
    await this.#lookAgain(changed, empty);
  }

  /** Looks at `names` once more; `changed` is then what differs from before it. */
  async #lookAgain(changed: Changed, names: readonly string[]): Promise<void> {
    const { nodes } = this.tree;
    for (const [name, before] of await this.tree.refresh(names))
      if (!changed.has(name)) changed.set(name, before);
    for (const [name, before] of changed) if (isSameNode(before, nodes.get(name))) changed.delete(name);
  }

  [Symbol.dispose](): void {
    this.#parts.close();
  }
}
