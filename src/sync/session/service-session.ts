/**
 * Keeps one service's container as its context is. What is dirty stays so until the container has acknowledged it;
 * what may have been changed by an apply that failed is not known any more, and is written again.
 */
import type { Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ServiceRules } from '../decide/decide.ts';
import { planBatch, type BatchPlan } from '../decide/plan-batch.ts';
import type { Report } from '../events.ts';
import type { Node } from '../tree/node.ts';
import { readContent } from '../tree/read-node.ts';
import type { Changed } from '../tree/host-tree.ts';
import type { Found, Transport } from '../transport/transport.ts';
import { SyncRefusal } from '../transport/transport.ts';
import { Bell } from '../watch/bell.ts';
import { findContainer } from './find-container.ts';
import { openTransport } from './open-transport.ts';
import { restartService } from './restart-service.ts';

export interface ServiceSessionOptions {
  readonly engine: Engine;
  readonly project: string;
  readonly service: string;
  readonly stopGraceMs: number | undefined;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly rules: ServiceRules;
  /** Asks for the service to be built anew; its container is looked at again when that is done. */
  readonly onRebuild: (cause: string) => void;
  readonly report: Report;
  readonly clock: Clock;
}

const retryMs = 500;
const isLost = (error: unknown): boolean => error instanceof OsError && error.code === 'connection-lost';

export class ServiceSession {
  readonly #options: ServiceSessionOptions;
  readonly #bell = new Bell();
  readonly #dirty = new Map<string, Node | undefined>();
  #dirtySinceMs = 0;
  #applied = new Map<string, Found>();
  #container = '';
  #transport: Transport | undefined;
  #rules: ServiceRules;
  /** Names that an apply is sending: an edit of one of them makes it out of date. */
  #sending = new Set<string>();
  #sendingStop = new AbortController();
  /** False: the container has to be found again, and the way into it. */
  #isAttached = false;
  /** Whether what the container has is known. */
  #isCompared = false;
  #isHeld = false;
  #isPaused = false;

  constructor(options: ServiceSessionOptions) {
    this.#options = options;
    this.#rules = options.rules;
  }

  get rules(): ServiceRules {
    return this.#rules;
  }

  get service(): string {
    return this.#options.service;
  }

  /** `changed` may have to go to the container. */
  add(changed: Changed, startedMs: number): void {
    if (this.#dirty.size === 0) this.#dirtySinceMs = startedMs;
    for (const [name, before] of changed) {
      if (!this.#dirty.has(name)) this.#dirty.set(name, before);
      if (this.#sending.has(name)) this.#sendingStop.abort();
    }
    this.#bell.ring();
  }

  /** Nothing is done while the service is being built; then with what is known by then. */
  hold(): void {
    this.#isHeld = true;
    this.#sendingStop.abort();
  }

  release(rules?: ServiceRules): void {
    this.#isHeld = false;
    if (rules !== undefined) this.#rules = rules;
    this.#bell.ring();
  }

  /** Something happened to a container of the service. */
  look(id: string): void {
    if (id !== this.#container || this.#transport?.isOpen !== true) this.#isAttached = false;
    this.#bell.ring();
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#bell.ring();
    let isWaiting = false;
    try {
      for (;;) {
        await this.#bell.wait(signal);
        if (this.#isHeld) {
          this.#askAgain();
          continue;
        }
        try {
          await this.#work(signal);
          isWaiting = false;
        } catch (error) {
          signal.throwIfAborted();
          this.#isAttached = false;
          this.#bell.ring();
          if (isLost(error) || (error instanceof OsError && error.code === 'engine-missing')) {
            if (!isWaiting) this.#report('waiting', messageOf(error));
            isWaiting = true;
            this.#isCompared = false;
            await this.#options.clock.sleep(retryMs, signal);
          } else if (!(error instanceof Stale)) throw error;
        }
      }
    } finally {
      await this.#close();
    }
  }

  /** An edit that is to be built in makes the build that runs out of date. */
  #askAgain(): void {
    const { rebuild } = this.#plan();
    if (rebuild === undefined) return;
    this.#dirty.clear();
    this.#options.onRebuild(rebuild);
  }

  #plan(): BatchPlan {
    const { nodes } = this.#options;
    return planBatch(this.#rules, { dirty: this.#dirty, nodes, applied: this.#applied });
  }

  /** Brings the container to where the context is. */
  async #work(signal: AbortSignal): Promise<void> {
    if (!(await this.#attach(signal)) || this.#dirty.size === 0) return;
    const dirty = new Map(this.#dirty);
    const sinceMs = this.#dirtySinceMs;
    const plan = this.#plan();
    for (const { name, why } of plan.decisions) this.#options.report({ ...this.#of('decided'), name, why });
    if (plan.pause !== undefined) {
      if (!this.#isPaused) this.#report('paused', plan.pause);
      this.#isPaused = true;
      return;
    }
    this.#isPaused = false;
    if (plan.rebuild !== undefined) {
      this.#dirty.clear();
      this.#forgetAll();
      this.#options.onRebuild(plan.rebuild);
      return;
    }
    await this.#apply(plan, dirty, sinceMs, signal);
    if (plan.restart !== undefined) await this.#restart(signal);
  }

  async #apply(
    plan: BatchPlan,
    dirty: ReadonlyMap<string, Node | undefined>,
    sinceMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { report, clock } = this.#options;
    this.#dirty.clear();
    if (plan.changes.length === 0) return;
    this.#sending = new Set(dirty.keys());
    this.#sendingStop = new AbortController();
    try {
      await this.#transport?.apply(plan.changes, AbortSignal.any([signal, this.#sendingStop.signal]));
    } catch (error) {
      for (const [name, before] of dirty) if (!this.#dirty.has(name)) this.#dirty.set(name, before);
      for (const path of plan.outcome.keys()) this.#applied.set(path, 'other');
      this.#dirtySinceMs = sinceMs;
      signal.throwIfAborted();
      if (this.#sendingStop.signal.aborted) throw new Stale();
      if (!(error instanceof SyncRefusal)) throw error;
      this.#dirty.clear();
      this.#forgetAll();
      this.#options.onRebuild(error.message);
      return;
    } finally {
      this.#sending = new Set();
    }
    for (const [path, node] of plan.outcome) this.#applied.set(path, node);
    const names = plan.decisions.flatMap(({ name, do: what }) => (what === 'sync' ? [name] : []));
    report({
      ...this.#of('synced'),
      written: plan.changes.filter(it => it.do !== 'remove' && it.do !== 'make-directory').length,
      removed: plan.changes.filter(it => it.do === 'remove').length,
      names: names.slice(0, 10),
      durationMs: clock.nowMs() - sinceMs,
    });
  }

  async #restart(signal: AbortSignal): Promise<void> {
    const { engine, stopGraceMs, clock } = this.#options;
    const startedMs = clock.nowMs();
    await this.#close();
    const { isKilled } = await restartService(engine, this.#container, { stopGraceMs, clock, signal });
    this.#options.report({ ...this.#of('restarted'), durationMs: clock.nowMs() - startedMs, isKilled });
    // For the next edit to find the way open.
    this.#bell.ring();
  }

  /** Opens the way into the service's container, and compares where it isn't known what it has. */
  async #attach(signal: AbortSignal): Promise<boolean> {
    const { engine, project, service, nodes, report } = this.#options;
    if (this.#isAttached && this.#transport?.kind === 'shell' && this.#transport.isOpen) return true;
    await this.#close();
    const container = await findContainer(engine, project, service, signal);
    if (container === undefined) {
      this.#report('waiting', 'it has no container');
      return false;
    }
    const readFile = (name: string): Promise<Buffer | undefined> =>
      readContent(this.#rules.contextDirectory, name);
    this.#transport = await openTransport(engine, container, { readFile, signal });
    this.#isCompared &&= container.id === this.#container;
    this.#container = container.id;
    this.#isAttached = true;
    if (this.#isCompared) return true;
    const files = await this.#compare(this.#transport, nodes, signal);
    this.#isCompared = true;
    report({ ...this.#of('watching'), files, via: this.#transport.kind });
    return true;
  }

  /** Finds out what the container has; whatever differs is dirty. */
  async #compare(
    transport: Transport,
    nodes: ReadonlyMap<string, Node>,
    signal: AbortSignal,
  ): Promise<number> {
    const names = new Map<string, Node | undefined>([...nodes].map(([name]) => [name, undefined]));
    for (const [name, before] of this.#dirty) names.set(name, before);
    const everything = planBatch(this.#rules, { dirty: names, nodes, applied: new Map() });
    const wanted = everything.decisions.flatMap(it => (it.do === 'sync' ? it.targets : []));
    const paths = [...new Set([...wanted.map(({ path }) => path), ...this.#applied.keys()])];
    const found = await transport.read(paths, signal);
    this.#applied = new Map(paths.map((path, i) => [path, found[i] ?? 'nothing']));
    for (const { name, do: what } of everything.decisions)
      if (what === 'sync' && !this.#dirty.has(name)) this.#dirty.set(name, names.get(name));
    return wanted.length;
  }

  #forgetAll(): void {
    this.#isAttached = false;
    this.#isCompared = false;
  }

  async #close(): Promise<void> {
    const transport = this.#transport;
    this.#transport = undefined;
    await transport?.[Symbol.asyncDispose]();
  }

  #of<T extends string>(type: T): { type: T; service: string } {
    return { type, service: this.service };
  }

  #report(type: 'waiting' | 'paused', cause: string): void {
    this.#options.report({ type, service: this.service, cause });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What is being sent has changed meanwhile. */
class Stale extends Error {}
