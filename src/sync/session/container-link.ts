/**
 * The way into a service's container, and what is known of its files. What an apply that failed may have changed isn't
 * known any more; a container that is another one, or was out of reach, is looked at anew.
 */
import type { Engine } from '../../engine/engine.ts';
import type { BatchPlan } from '../decide/plan-batch.ts';
import type { ReadFile } from '../transport/change.ts';
import type { Found, Transport } from '../transport/transport.ts';
import { findContainer } from './find-container.ts';
import { openTransport } from './open-transport.ts';

export interface ContainerLinkOptions {
  readonly engine: Engine;
  readonly project: string;
  readonly service: string;
  readonly readFile: ReadFile;
}

export class ContainerLink implements AsyncDisposable {
  readonly #options: ContainerLinkOptions;
  #id = '';
  #transport: Transport | undefined;
  /** False: the container has to be found again, and the way into it. */
  #isFound = false;
  #isCompared = false;
  #known = new Map<string, Found>();

  constructor(options: ContainerLinkOptions) {
    this.#options = options;
  }

  /** What the container has, by path. */
  get known(): ReadonlyMap<string, Found> {
    return this.#known;
  }

  /** Whether `known` is what the container has. */
  get isCompared(): boolean {
    return this.#isCompared;
  }

  get kind(): Transport['kind'] {
    return this.#transport?.kind ?? 'archive';
  }

  /** Something happened to the container `id`. */
  look(id: string): void {
    if (id !== this.#id || this.#transport?.isOpen !== true) this.#isFound = false;
  }

  /** The way has to be found again; with `isChanged` the container may have anything. */
  forget({ isChanged }: { isChanged: boolean }): void {
    this.#isFound = false;
    if (isChanged) this.#isCompared = false;
  }

  /** Makes sure of the way into the container; false when there is no container. */
  async open(signal: AbortSignal): Promise<boolean> {
    if (this.#isFound && this.#transport?.kind === 'shell' && this.#transport.isOpen) return true;
    const { engine, project, service, readFile } = this.#options;
    await this.close();
    const container = await findContainer(engine, project, service, signal);
    if (container === undefined) return false;
    this.#transport = await openTransport(engine, container, { readFile, signal });
    this.#isCompared &&= container.id === this.#id;
    this.#id = container.id;
    this.#isFound = true;
    return true;
  }

  /** Finds out what the container has at `paths`, and where anything was put before. */
  async compare(paths: Iterable<string>, signal: AbortSignal): Promise<void> {
    const all = [...new Set([...paths, ...this.#known.keys()])];
    const found = (await this.#transport?.read(all, signal)) ?? [];
    this.#known = new Map(all.map((path, i) => [path, found[i] ?? 'nothing']));
    this.#isCompared = true;
  }

  /** Throws what `Transport.apply` throws. */
  async apply({ changes, outcome }: BatchPlan, signal: AbortSignal): Promise<void> {
    try {
      await this.#transport?.apply(changes, signal);
    } catch (error) {
      for (const path of outcome.keys()) this.#known.set(path, 'other');
      throw error;
    }
    for (const [path, node] of outcome) this.#known.set(path, node);
  }

  /** Closes the way, to do something to the container itself. */
  async close(): Promise<string> {
    const transport = this.#transport;
    this.#transport = undefined;
    await transport?.[Symbol.asyncDispose]();
    return this.#id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
