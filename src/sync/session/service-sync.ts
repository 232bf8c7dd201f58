/** Brings one service's container to where its context is, in passes: find it, compare, decide, apply, start again. */
import type { Clock } from '../../core/clock.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ServiceRules } from '../decide/decide.ts';
import type { Replay } from '../decide/copy-step.ts';
import { planBatch, type BatchPlan } from '../decide/plan-batch.ts';
import { rootsOf } from '../decide/roots.ts';
import type { Node } from '../tree/node.ts';
import type { ReadFile } from '../transport/change.ts';
import type { Changed } from '../tree/host-tree.ts';
import { SyncRefusal } from '../transport/transport.ts';
import type { Backlog } from './backlog.ts';
import { ContainerLink } from './container-link.ts';
import type { Pause } from './pause.ts';
import { restartService } from './restart-service.ts';
import { runReplay } from './run-replay.ts';
import type { Telling } from './telling.ts';

export interface ServiceSyncOptions {
  readonly engine: Engine;
  readonly project: string;
  readonly service: string;
  readonly stopGraceMs: number | undefined;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly readFile: ReadFile;
  readonly rules: ServiceRules;
  readonly backlog: Backlog;
  readonly pause: Pause;
  readonly tell: Telling;
  readonly clock: Clock;
}

/** One that somebody stops may be about to be started again. */
const stoppedMs = 500;

/** What is being sent has changed meanwhile; the next pass knows better. */
export class Stale extends Error {}

export class ServiceSync {
  readonly #options: ServiceSyncOptions;
  readonly link: ContainerLink;
  rules: ServiceRules;
  /** Somebody has stopped the container: it is not for an edit to start it. */
  isStopped = false;
  /** There are edits, and not only what a comparison found. */
  isEdited = false;
  #isRestartDue = false;
  /** The container that could not take what was to be done. */
  #refusing: string | undefined;
  #isBuiltSince = false;
  /** To be run in the container. */
  readonly #replays = new Map<string, Replay>();

  constructor(options: ServiceSyncOptions) {
    this.#options = options;
    this.rules = options.rules;
    this.link = new ContainerLink({
      ...options,
      listRoots: () => rootsOf(this.rules),
      onNotice: message => options.tell.noticed(message),
    });
  }

  /** The service has been built by these. */
  takeRules(rules: ServiceRules): void {
    this.rules = rules;
    this.#isBuiltSince = true;
  }

  /** One pass. Returns why the service has to be built anew, where that is so. Throws Stale, OsError. */
  async pass(signal: AbortSignal): Promise<string | undefined> {
    const { tell, pause } = this.#options;
    if (!(await this.#attach(signal))) return undefined;
    if (this.#isBuiltSince && this.link.id === this.#refusing) return this.#giveUp(signal);
    await this.#lookForGone(signal);
    const { plan, names } = this.plan();
    tell.decided(plan);
    if (plan.rebuild !== undefined) return plan.rebuild;
    const { kind } = this.link;
    if (names.size > 0) {
      const refusal = await this.#apply(plan, names, signal);
      if (refusal !== undefined) return refusal;
    }
    const failure = await this.#runReplays(signal);
    if (failure !== undefined) return failure;
    if (this.#isRestartDue) await this.#restart(signal);
    if (!pause.isOn) tell.inSync(this.link.pathCount, kind);
    return undefined;
  }

  /** What is to be done now, and about which names: in a pause what is gone has to wait. */
  plan(): { plan: BatchPlan; names: Changed } {
    const { nodes, backlog, pause } = this.#options;
    const planOf = (dirty: Changed): BatchPlan =>
      planBatch(this.rules, { dirty, nodes, applied: this.link.known });
    const plan = planOf(backlog.names);
    if (plan.pause === undefined) pause.end();
    if (plan.pause === undefined || pause.isConfirmed) return { plan, names: backlog.names };
    pause.begin(plan.pause);
    const there: Changed = new Map([...backlog.names].filter(([name]) => nodes.has(name)));
    return { plan: planOf(there), names: there };
  }

  /** Returns why the container can't take it, where that is so. */
  async #apply(plan: BatchPlan, names: Changed, signal: AbortSignal): Promise<string | undefined> {
    const { backlog, tell } = this.#options;
    const sinceMs = backlog.take(names);
    const { stale } = backlog;
    try {
      if (plan.changes.length > 0) await this.link.apply(plan, AbortSignal.any([signal, stale]));
    } catch (error) {
      backlog.putBack();
      // Some of it may be there, and is not found to differ again.
      this.#isRestartDue ||= plan.restart !== undefined && !(error instanceof SyncRefusal);
      signal.throwIfAborted();
      if (stale.aborted) throw new Stale();
      if (error instanceof SyncRefusal) {
        this.#refusing = this.link.id;
        this.#isBuiltSince = false;
        return error.message;
      }
      throw error;
    }
    backlog.settle();
    // What only a comparison found starts nothing that has ended.
    this.#isRestartDue ||= plan.restart !== undefined && (this.isEdited || this.link.isUp);
    if (this.isEdited || this.link.isUp)
      for (const replay of plan.replays) this.#replays.set(JSON.stringify(replay), replay);
    this.isEdited = false;
    if (plan.changes.length > 0) tell.synced(plan, sinceMs);
    return undefined;
  }

  /** It was built anew, and its image is as before: the container has what only another one has not. */
  async #giveUp(signal: AbortSignal): Promise<string> {
    this.#refusing = undefined;
    await this.#options.engine.removeContainer(await this.link.close(), { signal });
    return 'its container has files that its image does not';
  }

  /** Returns which of them has failed, where the container is out of date then. */
  async #runReplays(signal: AbortSignal): Promise<string | undefined> {
    const { engine, tell } = this.#options;
    for (const [key, replay] of this.#replays) {
      const startedMs = tell.running(replay);
      const ran = await runReplay(engine, this.link.id, replay, signal);
      this.#replays.delete(key);
      tell.ran(replay, ran, startedMs);
      if (ran.exitCode === 0) continue;
      if (replay.isPartOfImage) {
        this.#replays.clear();
        return `${replay.text} fails in the container`;
      }
      this.#isRestartDue ||= ran.isStopped;
    }
    return undefined;
  }

  async #restart(signal: AbortSignal): Promise<void> {
    const { engine, stopGraceMs, clock, tell } = this.#options;
    const startedMs = tell.restarting();
    const id = await this.link.close();
    try {
      const { isKilled } = await restartService(engine, id, { stopGraceMs, clock, signal });
      tell.restarted(startedMs, isKilled);
    } finally {
      // That stop was not somebody's.
      this.isStopped = false;
    }
    this.#isRestartDue = false;
    // For the next edit to find the way open.
    await this.link.open(signal);
  }

  /** Opens the way into the service's container, and compares where it isn't known what it has. */
  async #attach(signal: AbortSignal): Promise<boolean> {
    const { tell, clock } = this.#options;
    await this.link.open(signal);
    if (this.isStopped && !this.link.isUp) {
      await clock.sleep(stoppedMs, signal);
      await this.link.open(signal);
    }
    if (!this.link.hasContainer || (this.isStopped && !this.link.isUp)) {
      tell.waiting(this.link.hasContainer ? 'it was stopped' : 'it has no container');
      return false;
    }
    if (!this.link.isCompared) await this.#compare(signal);
    return true;
  }

  /** What is gone from the context may be in the container, although it was gone before the two were compared. */
  async #lookForGone(signal: AbortSignal): Promise<void> {
    const { nodes, backlog } = this.#options;
    const dirty: Changed = new Map([...backlog.names].filter(([name]) => !nodes.has(name)));
    const { decisions } = planBatch(this.rules, { dirty, nodes, applied: new Map() });
    const paths = decisions.flatMap(it => (it.do === 'sync' ? it.targets.map(({ path }) => path) : []));
    await this.link.look(
      paths.filter(path => !this.link.known.has(path)),
      signal,
    );
  }

  /** Finds out what the container has; whatever may differ is in the backlog then. */
  async #compare(signal: AbortSignal): Promise<void> {
    const { nodes, backlog, clock } = this.#options;
    const names: Changed = new Map([...nodes].map(([name]) => [name, undefined]));
    for (const [name, before] of backlog.names) names.set(name, before);
    const { decisions } = planBatch(this.rules, { dirty: names, nodes, applied: new Map() });
    const synced = decisions.filter(it => it.do === 'sync');
    const paths = synced.flatMap(it => it.targets.map(({ path }) => path));
    await this.link.compare(paths, signal);
    backlog.add(new Map(synced.map(({ name }) => [name, names.get(name)])), clock.nowMs());
  }
}
