/**
 * Records what a session knows of each name of a service's sources.
 * The law: a name stays dirty until the container has acknowledged it.
 */
import type { Decision } from '../decide/decision.ts';
import type { Former } from '../decide/place-targets.ts';
import { isSameNode, type Node } from '../tree/node.ts';
import { blank, clean, isBlank, type Entry } from './ledger-entry.ts';

/** Names that are being sent. `settle` or `putBack` ends it. */
export interface Sending {
  /** The time of the first event of it; Infinity if none is known. */
  readonly sinceMs: number;
  /** Aborts when one of the names has changed again, or on `interrupt`: what is being sent is out of date. */
  readonly stale: AbortSignal;
  /** Aborts when another name becomes dirty. */
  readonly newer: AbortSignal;
  /** The container has acknowledged all names but `left`. */
  settle(left: ReadonlySet<string>): void;
  /** The container may have some of it or none: all of it is dirty again. */
  putBack(): void;
}

const isLink = (it: Former): boolean => typeof it === 'object' && it.kind === 'symlink';

const isForRuleAlone = (it: Decision, nodes: ReadonlyMap<string, unknown>): boolean =>
  it.do === 'sync' && !it.isBuilt && nodes.has(it.name);

/** Returns what stands for `name`, with a slash at the end of a directory's, if nothing more is known of it. */
export const goneNodeOf = (name: string): Node =>
  name.endsWith('/')
    ? { kind: 'directory' }
    : { kind: 'file', isExecutable: false, sizeBytes: 0, sha256: '' };

export class Ledger {
  readonly #entries = new Map<string, Entry>();
  #stale = new AbortController();
  #newer = new AbortController();
  #hasNewEdits = false;
  #revision = 0;

  /** Changes whenever something is noted about a name or the image. */
  get revision(): number {
    return this.#revision;
  }

  /** Returns the dirty names → what they were; those that are being sent are not among them. */
  get dirty(): ReadonlyMap<string, Former> {
    const dirty = new Map<string, Former>();
    for (const [name, entry] of this.#entries) if (entry.dirty) dirty.set(name, entry.dirty.former);
    return dirty;
  }

  get isDirty(): boolean {
    for (const { dirty } of this.#entries.values()) if (dirty) return true;
    return false;
  }

  /** Returns the names that were a link at some time since they are dirty. */
  get formerLinks(): ReadonlySet<string> {
    return new Set(this.#namesWhere(({ wasLink }) => wasLink));
  }

  isEdited(name: string): boolean {
    return this.#entries.get(name)?.isEdited === true;
  }

  /** Notes names that were edited → what they were before. Sources that are back may have changed nothing. */
  edit(changed: ReadonlyMap<string, Former>, nowMs: number): void {
    this.suspect(changed, nowMs);
    for (const [name, former] of changed) {
      const entry = this.#entryOf(name);
      entry.image ??= { former };
      entry.isEdited = true;
      this.#hasNewEdits = true;
    }
  }

  /** Notes names of which the container may have something else → what they were before. */
  suspect(changed: ReadonlyMap<string, Former>, nowMs: number): void {
    this.#revision += 1;
    for (const [name, former] of changed) {
      const entry = this.#entryOf(name);
      entry.wasLink ||= isLink(former);
      entry.dirty ??= { former };
      if (entry.sending) this.#stale.abort();
      else {
        this.#newer.abort();
        entry.sinceMs ??= nowMs;
      }
    }
  }

  /** Notes that the image was built of something else at `name`. */
  noteNotInImage(name: string): void {
    this.#revision += 1;
    this.#entryOf(name).image ??= { former: 'unknown' };
  }

  /**
   * Notes, before it is done, which names rules sync to the container without a build that takes them: whatever comes
   * of it, the container may have them then. Returns true if any was not noted yet.
   */
  noteSyncing(decisions: readonly Decision[], nodes: ReadonlyMap<string, unknown>): boolean {
    let hasNew = false;
    for (const it of decisions) {
      if (!isForRuleAlone(it, nodes)) continue;
      const entry = this.#entryOf(it.name);
      hasNew ||= !entry.isSyncedByRule;
      entry.isSyncedByRule = true;
    }
    return hasNew;
  }

  /** Notes which names rules have synced to the container so, and which they no longer do. */
  noteSynced(decisions: readonly Decision[], nodes: ReadonlyMap<string, unknown>): void {
    this.noteSyncing(decisions, nodes);
    const others = decisions.filter(it => !isForRuleAlone(it, nodes));
    this.#change(
      others.map(({ name }) => name),
      entry => {
        entry.isSyncedByRule = false;
      },
    );
  }

  get syncedByRules(): readonly string[] {
    return this.#namesWhere(({ isSyncedByRule }) => isSyncedByRule);
  }

  /** Returns true if there were edits since the last call. */
  takeNewEdits(): boolean {
    const hasNewEdits = this.#hasNewEdits;
    this.#hasNewEdits = false;
    return hasNewEdits;
  }

  /** Returns the names whose large files were left since the last call. */
  takeLeft(): ReadonlySet<string> {
    const left = this.#namesWhere(({ isLeft }) => isLeft);
    this.#change(left, entry => {
      entry.isLeft = false;
    });
    return new Set(left);
  }

  /** Takes dirty names to be sent. One batch at a time. */
  send(names: Iterable<string>): Sending {
    const sent = [...names];
    let sinceMs = Infinity;
    for (const name of sent) {
      const entry = this.#entryOf(name);
      entry.sending = entry.dirty ?? { former: undefined };
      entry.dirty = undefined;
      sinceMs = Math.min(sinceMs, entry.sinceMs ?? Infinity);
    }
    this.#stale = new AbortController();
    this.#newer = new AbortController();
    const putBack = (some: readonly string[], isLeft: boolean): void =>
      this.#change(some, entry => {
        entry.dirty = entry.sending ?? entry.dirty;
        entry.sending = undefined;
        entry.isLeft ||= isLeft;
      });
    return {
      sinceMs,
      stale: this.#stale.signal,
      newer: this.#newer.signal,
      settle: left => {
        putBack(
          sent.filter(name => left.has(name)),
          true,
        );
        this.#change(sent, entry => {
          entry.sending = undefined;
          if (!entry.dirty) clean(entry);
        });
      },
      putBack: () => putBack(sent, false),
    };
  }

  /** Tells the sender that its batch is out of date. */
  interrupt(): void {
    this.#stale.abort();
  }

  /** These names need not be sent. */
  drop(names: Iterable<string>): void {
    this.#change(names, clean);
  }

  /** Nothing needs to be sent: a build takes it all. */
  clear(): void {
    this.drop([...this.#entries.keys()]);
  }

  /** A build begins: changes from now on may be too late for its image. */
  beginBuild(): void {
    this.#revision += 1;
    this.#change([...this.#entries.keys()], entry => {
      entry.imageBefore ??= entry.image;
      entry.image = undefined;
    });
  }

  endBuild({ isBuilt }: { readonly isBuilt: boolean }): void {
    this.#revision += 1;
    this.#change([...this.#entries.keys()], entry => {
      if (!isBuilt) entry.image = entry.imageBefore ?? entry.image;
      entry.imageBefore = undefined;
    });
  }

  /** Returns the names that are something else in `nodes` than when the image was built. */
  listNotInImage(nodes: ReadonlyMap<string, Node>): string[] {
    return [...this.#entries].flatMap(([name, { image }]) =>
      image && (image.former === 'unknown' || !isSameNode(image.former, nodes.get(name))) ? [name] : [],
    );
  }

  #namesWhere(isMeant: (entry: Entry) => boolean): string[] {
    return [...this.#entries].flatMap(([name, entry]) => (isMeant(entry) ? [name] : []));
  }

  #entryOf(name: string): Entry {
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      entry = { ...blank };
      this.#entries.set(name, entry);
    }
    return entry;
  }

  /** Changes the entries that there are, and forgets those that say nothing any more. */
  #change(names: Iterable<string>, change: (entry: Entry) => void): void {
    for (const name of names) {
      const entry = this.#entries.get(name);
      if (entry === undefined) continue;
      change(entry);
      if (isBlank(entry)) this.#entries.delete(name);
    }
  }
}
