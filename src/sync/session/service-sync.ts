/** Brings one service's container to where its context is, in passes: find it, compare, decide, apply, start again. */
import type { Clock } from '../../core/clock.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ServiceRules } from '../decide/decide.ts';
import type { Decision } from '../decide/decision.ts';
import { planBatch, type BatchPlan } from '../decide/plan-batch.ts';
import { rootsOf } from '../decide/roots.ts';
import type { Node } from '../tree/node.ts';
import type { ReadFile } from '../transport/change.ts';
import type { Changed } from '../tree/known-tree.ts';
import { SyncRefusal } from '../transport/transport.ts';
import type { Backlog } from './backlog.ts';
import { Brought } from './brought.ts';
import { compareAll, lookForGone, type Compared } from './compare.ts';
import { ContainerLink } from './container-link.ts';
import { Edits } from './edits.ts';
import { Effects, Stale } from './effects.ts';
import type { Pause } from './pause.ts';
import { Refusals } from './refusals.ts';
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

export class ServiceSync {
  readonly #options: ServiceSyncOptions;
  readonly link: ContainerLink;
  readonly #effects: Effects;
  rules: ServiceRules;
  /** Somebody has stopped the container: it is not for an edit to start it. */
  isStopped = false;
  readonly edits = new Edits();
  readonly brought: Brought;
  readonly #refusals = new Refusals();

  constructor(options: ServiceSyncOptions) {
    this.#options = options;
    this.rules = options.rules;
    this.brought = new Brought(options.nodes);
    this.link = new ContainerLink({
      ...options,
      listRoots: () => rootsOf(this.rules),
      onNotice: message => options.tell.noticed(message),
    });
    this.#effects = new Effects({ ...options, link: this.link });
  }

  /** The service has been built by these. */
  takeRules(rules: ServiceRules): void {
    this.rules = rules;
    this.#refusals.noteBuilt();
  }

  /** One pass. Returns why the service has to be built anew, where that is so. Throws Stale, OsError. */
  async pass(signal: AbortSignal): Promise<string | undefined> {
    const { tell, pause } = this.#options;
    if (!(await this.#attach(signal))) return undefined;
    if (this.#refusals.isNewOneDue(this.link.id)) return this.#giveUp(signal);
    await lookForGone(this.#compared, signal);
    const { plan, names } = this.plan();
    tell.decided(plan);
    if (plan.rebuild !== undefined) return plan.rebuild;
    const { kind } = this.link;
    if (names.size > 0) {
      const refusal = await this.#apply(plan, names, signal);
      if (refusal !== undefined) return refusal;
    }
    this.#refusals.noteTaken();
    const failure = await this.#effects.run(signal);
    if (failure !== undefined) return failure;
    if (this.#effects.isRestartDue) await this.#restart(signal);
    if (!pause.isOn) tell.inSync(this.link.pathCount, kind);
    return undefined;
  }

  /** `names` were edited, and are in the backlog: a program that is to run again for them is ended. */
  hearEdits(names: Iterable<string>): void {
    const { nodes, backlog } = this.#options;
    this.edits.add(names);
    this.#refusals.noteEdit();
    if (this.#effects.isRunning)
      this.#effects.interrupt(
        planBatch(this.rules, { dirty: backlog.names, nodes, applied: this.link.known }),
      );
  }

  /** Whatever is being done is of no use any more. */
  interrupt(): void {
    this.#options.backlog.interrupt();
    this.#effects.interrupt();
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
      if (!(error instanceof SyncRefusal)) this.#effects.note(plan, this.rules);
      signal.throwIfAborted();
      if (stale.aborted) throw new Stale();
      if (error instanceof SyncRefusal) return this.#refusals.answer(this.link.id, error.message);
      throw error;
    }
    backlog.settle();
    this.brought.note(plan.decisions);
    // What only a comparison found starts nothing that has ended, nor what would lose all of it by that.
    if (this.edits.takeNew()) this.#effects.note(plan, this.rules);
    else if (this.link.isUp) this.#effects.note(this.#withoutLoss(plan), this.rules);
    if (plan.changes.length > 0) tell.synced(plan, sinceMs);
    return undefined;
  }

  #withoutLoss(plan: BatchPlan): Pick<BatchPlan, 'replays' | 'restart'> {
    const paths = [...plan.outcome.keys()];
    const isLost = paths.length > 0 && paths.every(path => this.link.isTemporary(path));
    return isLost ? { ...plan, restart: undefined } : plan;
  }

  /** It was built anew, and its image is as before: the container has what only another one has not. */
  async #giveUp(signal: AbortSignal): Promise<string> {
    this.#refusals.noteNewOne();
    await this.#options.engine.removeContainer(await this.link.close(), { signal });
    return 'its container has files that its image does not';
  }

  async #restart(signal: AbortSignal): Promise<void> {
    try {
      await this.#effects.restart(signal);
    } finally {
      // That stop was not somebody's.
      this.isStopped = false;
    }
    // For the next edit to find the way open.
    await this.link.open(signal);
    if (!this.link.isCompared) throw new Stale();
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
      tell.waiting(
        this.link.hasContainer
          ? 'it was stopped: `os start` starts it'
          : 'it has no container: `os push` makes one',
      );
      return false;
    }
    if (!this.link.isCompared) await this.#compare(signal);
    return true;
  }

  /** Finds out what the container has; whatever may differ is in the backlog then. */
  async #compare(signal: AbortSignal): Promise<void> {
    const { backlog, clock } = this.#options;
    const found = await compareAll(this.#compared, signal);
    const isLeft = (it: Decision): boolean => this.edits.isAwaitedFor(it);
    const syncs = found.filter(it => !isLeft(it));
    backlog.drop(found.filter(isLeft).map(({ name }) => name));
    backlog.add(new Map(syncs.map(({ name }) => [name, backlog.names.get(name)])), clock.nowMs());
    this.brought.note(syncs);
  }

  get #compared(): Compared {
    const { nodes, backlog } = this.#options;
    return { rules: this.rules, nodes, dirty: backlog.names, link: this.link };
  }
}
