/** Keeps one service's container as its context is: decides what is in the backlog, and brings it there. */
import type { Clock } from '../../core/clock.ts';
import { messageOf, OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ServiceRules } from '../decide/decide.ts';
import { planBatch, type BatchPlan } from '../decide/plan-batch.ts';
import type { Report } from '../events.ts';
import type { Node } from '../tree/node.ts';
import { readContent } from '../tree/read-node.ts';
import type { Changed } from '../tree/host-tree.ts';
import { SyncRefusal } from '../transport/transport.ts';
import { Bell } from '../watch/bell.ts';
import { Backlog } from './backlog.ts';
import { ContainerLink } from './container-link.ts';
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
const isOutOfReach = (error: unknown): boolean =>
  error instanceof OsError && (error.code === 'connection-lost' || error.code === 'engine-missing');

export class ServiceSession {
  readonly #options: ServiceSessionOptions;
  readonly #bell = new Bell();
  readonly #backlog = new Backlog();
  readonly #link: ContainerLink;
  #rules: ServiceRules;
  #isHeld = false;
  #isPaused = false;

  constructor(options: ServiceSessionOptions) {
    this.#options = options;
    this.#rules = options.rules;
    this.#link = new ContainerLink({
      ...options,
      readFile: name => readContent(this.#rules.contextDirectory, name),
    });
  }

  get rules(): ServiceRules {
    return this.#rules;
  }

  get service(): string {
    return this.#options.service;
  }

  /** `changed` may have to go to the container. */
  add(changed: Changed, startedMs: number): void {
    this.#backlog.add(changed, startedMs);
    this.#bell.ring();
  }

  /** Nothing is done while the service is being built; then with what is known by then. */
  hold(): void {
    this.#isHeld = true;
    this.#backlog.interrupt();
  }

  release(rules?: ServiceRules): void {
    this.#isHeld = false;
    if (rules !== undefined) this.#rules = rules;
    this.#bell.ring();
  }

  /** Something happened to a container of the service. */
  look(id: string): void {
    this.#link.look(id);
    this.#bell.ring();
  }

  async run(signal: AbortSignal): Promise<void> {
    await using _link = this.#link;
    this.#bell.ring();
    let isWaiting = false;
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
        const isLost = isOutOfReach(error);
        this.#link.forget({ isChanged: isLost });
        this.#bell.ring();
        if (!isLost && !(error instanceof Stale)) throw error;
        if (!isLost) continue;
        if (!isWaiting) this.#report('waiting', messageOf(error));
        isWaiting = true;
        await this.#options.clock.sleep(retryMs, signal);
      }
    }
  }

  /** An edit that is to be built in makes the build that runs out of date. */
  #askAgain(): void {
    const { rebuild } = this.#plan();
    if (rebuild === undefined) return;
    this.#backlog.clear();
    this.#options.onRebuild(rebuild);
  }

  #plan(): BatchPlan {
    const { nodes } = this.#options;
    return planBatch(this.#rules, { dirty: this.#backlog.names, nodes, applied: this.#link.known });
  }

  /** Brings the container to where the context is. */
  async #work(signal: AbortSignal): Promise<void> {
    if (!(await this.#attach(signal)) || this.#backlog.isEmpty) return;
    const plan = this.#plan();
    for (const { name, why } of plan.decisions) this.#options.report({ ...this.#of('decided'), name, why });
    if (plan.pause !== undefined) {
      if (!this.#isPaused) this.#report('paused', plan.pause);
      this.#isPaused = true;
      return;
    }
    this.#isPaused = false;
    if (plan.rebuild !== undefined) this.#rebuild(plan.rebuild);
    else if (await this.#apply(plan, signal)) {
      if (plan.restart !== undefined) await this.#restart(signal);
    }
  }

  #rebuild(cause: string): void {
    this.#backlog.clear();
    this.#link.forget({ isChanged: true });
    this.#options.onRebuild(cause);
  }

  /** False: the container can't take it, and is built anew. */
  async #apply(plan: BatchPlan, signal: AbortSignal): Promise<boolean> {
    const { report, clock } = this.#options;
    const { sinceMs } = this.#backlog.take();
    if (plan.changes.length === 0) {
      this.#backlog.settle();
      return true;
    }
    const { stale } = this.#backlog;
    try {
      await this.#link.apply(plan, AbortSignal.any([signal, stale]));
    } catch (error) {
      this.#backlog.putBack();
      signal.throwIfAborted();
      if (stale.aborted) throw new Stale();
      if (!(error instanceof SyncRefusal)) throw error;
      this.#rebuild(error.message);
      return false;
    }
    this.#backlog.settle();
    const names = plan.decisions.flatMap(({ name, do: what }) => (what === 'sync' ? [name] : []));
    report({
      ...this.#of('synced'),
      written: plan.changes.filter(it => it.do !== 'remove' && it.do !== 'make-directory').length,
      removed: plan.changes.filter(it => it.do === 'remove').length,
      names: names.slice(0, 10),
      durationMs: clock.nowMs() - sinceMs,
    });
    return true;
  }

  async #restart(signal: AbortSignal): Promise<void> {
    const { engine, stopGraceMs, clock } = this.#options;
    const startedMs = clock.nowMs();
    const id = await this.#link.close();
    const { isKilled } = await restartService(engine, id, { stopGraceMs, clock, signal });
    this.#options.report({ ...this.#of('restarted'), durationMs: clock.nowMs() - startedMs, isKilled });
    // For the next edit to find the way open.
    this.#bell.ring();
  }

  /** Opens the way into the service's container, and compares where it isn't known what it has. */
  async #attach(signal: AbortSignal): Promise<boolean> {
    if (!(await this.#link.open(signal))) {
      this.#report('waiting', 'it has no container');
      return false;
    }
    if (this.#link.isCompared) return true;
    const files = await this.#compare(signal);
    this.#options.report({ ...this.#of('watching'), files, via: this.#link.kind });
    return true;
  }

  /** Finds out what the container has; whatever differs is in the backlog then. */
  async #compare(signal: AbortSignal): Promise<number> {
    const { nodes, clock } = this.#options;
    const names: Changed = new Map([...nodes].map(([name]) => [name, undefined]));
    for (const [name, before] of this.#backlog.names) names.set(name, before);
    const { decisions } = planBatch(this.#rules, { dirty: names, nodes, applied: new Map() });
    const synced = decisions.filter(it => it.do === 'sync');
    const paths = synced.flatMap(it => it.targets.map(({ path }) => path));
    await this.#link.compare(paths, signal);
    const all: Changed = new Map(synced.map(({ name }) => [name, names.get(name)]));
    this.#backlog.add(all, clock.nowMs());
    return paths.length;
  }

  #of<T extends string>(type: T): { type: T; service: string } {
    return { type, service: this.service };
  }

  #report(type: 'waiting' | 'paused', cause: string): void {
    this.#options.report({ type, service: this.service, cause });
  }
}

/** What is being sent has changed meanwhile. */
class Stale extends Error {}
