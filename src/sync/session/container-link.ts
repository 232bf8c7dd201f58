/**
 * The way into a service's container, and what is known of its files. What an apply that failed may have changed is
 * looked at again; and everything is in a container that is another one, was out of reach, or has lost some by starting.
 */
import type { Engine } from '../../engine/engine.ts';
import type { ContainerState } from '../../engine/objects.ts';
import type { BatchPlan } from '../decide/plan-batch.ts';
import type { ReadFile } from '../transport/change.ts';
import { describeMounts, isTemporary } from '../transport/places.ts';
import type { Found, Transport } from '../transport/transport.ts';
import { findContainer } from './find-container.ts';
import { openTransport } from './open-transport.ts';

export interface ContainerLinkOptions {
  readonly engine: Engine;
  readonly project: string;
  readonly service: string;
  readonly readFile: ReadFile;
  /** Directories of the container below which everything goes. */
  readonly listRoots: () => readonly string[];
  /** Called once for a text. */
  readonly onNotice: (message: string) => void;
}

export class ContainerLink implements AsyncDisposable {
  readonly #options: ContainerLinkOptions;
  #id = '';
  #imageId = '';
  #state: ContainerState | undefined;
  #transport: Transport | undefined;
  #closing: Promise<void> = Promise.resolve();
  /** False: the container has to be found again, and the way into it. */
  #isFound = false;
  #isCompared = false;
  #known = new Map<string, Found>();
  readonly #unsure = new Set<string>();
  readonly #noticed = new Set<string>();

  constructor(options: ContainerLinkOptions) {
    this.#options = options;
  }

  /** Of the container that was found last. */
  get id(): string {
    return this.#id;
  }

  get imageId(): string {
    return this.#imageId;
  }

  get hasContainer(): boolean {
    return this.#state !== undefined;
  }

  get isUp(): boolean {
    return this.#state === 'running' || this.#state === 'restarting' || this.#state === 'paused';
  }

  /** What the container has, by path. */
  get known(): ReadonlyMap<string, Found> {
    return this.#known;
  }

  /** How many paths of it are kept in sync. */
  get pathCount(): number {
    return [...this.#known.values()].filter(found => found !== 'nothing').length;
  }

  /** Whether `known` is what the container has. */
  get isCompared(): boolean {
    return this.#isCompared;
  }

  get kind(): Transport['kind'] {
    return this.#transport?.kind ?? 'archive';
  }

  /** Something happened to the container `id`. */
  notice(id: string): void {
    if (id !== this.#id || this.#transport?.isOpen !== true) this.#isFound = false;
  }

  /** The container may have anything, or be another one. */
  forget(): void {
    this.#isFound = false;
    this.#isCompared = false;
    void this.close();
  }

  /** Makes sure of the way into the container, where there is one. */
  async open(signal: AbortSignal): Promise<void> {
    if (this.#isFound && this.#transport?.kind === 'shell' && this.#transport.isOpen) {
      await this.#lookAgain(signal);
      return;
    }
    const { engine, project, service, readFile, listRoots } = this.#options;
    await this.close();
    const container = await findContainer(engine, project, service, signal);
    this.#state = container?.state;
    if (container === undefined) return;
    this.#transport = await openTransport(engine, container, { readFile, roots: listRoots(), signal });
    this.#isCompared &&= container.id === this.#id && !this.#hasLost();
    this.#id = container.id;
    this.#imageId = container.imageId;
    this.#isFound = true;
    if (this.#isCompared) await this.#lookAgain(signal);
  }

  /** Whether what is at `path` is gone when the container starts again. */
  isTemporary(path: string): boolean {
    return isTemporary(this.#transport?.mounts ?? [], path);
  }

  /** Whether there was something that is gone if the container has started again. */
  #hasLost(): boolean {
    const there = [...this.#known].filter(([, found]) => found !== 'nothing');
    return this.kind === 'shell' && there.some(([path]) => this.isTemporary(path));
  }

  /** Finds out what the container has at `paths`, and where anything was put before. */
  async compare(paths: Iterable<string>, signal: AbortSignal): Promise<void> {
    await this.look([...new Set([...paths, ...this.#known.keys()])], signal);
    this.#unsure.clear();
    this.#isCompared = true;
    this.#noticeMounts([...this.#known.keys()]);
  }

  #noticeMounts(paths: readonly string[]): void {
    for (const message of describeMounts(this.#transport?.mounts ?? [], paths)) {
      if (this.#noticed.has(message)) continue;
      this.#noticed.add(message);
      this.#options.onNotice(message);
    }
  }

  /** Finds out what the container has at `paths`. */
  async look(paths: readonly string[], signal: AbortSignal): Promise<void> {
    if (paths.length === 0) return;
    const found = (await this.#transport?.read(paths, signal)) ?? [];
    for (const [i, path] of paths.entries()) this.#known.set(path, found[i] ?? 'nothing');
  }

  async #lookAgain(signal: AbortSignal): Promise<void> {
    await this.look([...this.#unsure], signal);
    this.#unsure.clear();
  }

  /** Throws what `Transport.apply` throws. */
  async apply({ changes, outcome }: BatchPlan, signal: AbortSignal): Promise<void> {
    try {
      await this.#transport?.apply(changes, signal);
    } catch (error) {
      for (const path of outcome.keys()) this.#unsure.add(path);
      throw error;
    }
    for (const [path, node] of outcome) this.#known.set(path, node);
    this.#noticeMounts([...outcome.keys()]);
  }

  /** Closes the way, whatever is under way; returns the container it led to. */
  async close(): Promise<string> {
    const transport = this.#transport;
    this.#transport = undefined;
    this.#closing = Promise.all([this.#closing, transport?.[Symbol.asyncDispose]()]).then(() => undefined);
    await this.#closing;
    return this.#id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
