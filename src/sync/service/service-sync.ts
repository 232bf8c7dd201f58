/** The steps by which a service's container gets what its sources have. Each returns the state that it leads to. */
import type { Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { Engine } from '../../engine/engine.ts';
import { findContainerOfOthers, findServiceContainer } from '../../release/running/service-container.ts';
import { Container, type OpenTransport } from '../container/container.ts';
import type { PendingEffects } from '../container/pending-effects.ts';
import type { ServiceRules } from '../decide/decide.ts';
import { decideAll, findRebuild, planBatch, type BatchPlan } from '../decide/plan-batch.ts';
import type { OpenSource } from '../transport/change.ts';
import type { Node } from '../tree/node.ts';
import { applyBatch } from './apply-batch.ts';
import { compareAll, decideDirty, inputOf, type Compared } from './compare.ts';
import type { Ledger } from './ledger.ts';
import type { Pause } from './pause.ts';
import { Refusals } from './refusals.ts';
import { restart, runReplays } from './run-effects.ts';
import type { ServiceReporter } from './service-reporter.ts';
import type { State } from './state.ts';

export interface ServiceSyncOptions {
  readonly engine: Engine;
  readonly project: string;
  readonly service: string;
  readonly stopGraceMs: number | undefined;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly openSource: OpenSource;
  readonly openTransport: OpenTransport;
  readonly rules: ServiceRules;
  readonly ledger: Ledger;
  readonly pause: Pause;
  readonly reporter: ServiceReporter;
  readonly clock: Clock;
  /** Called before a rule syncs names that it has not synced yet. */
  readonly onNewNames: () => void;
  /** Called with a name of which something else was sent than is known of it: it has to be read again. */
  readonly onOtherSent?: ((name: string) => void) | undefined;
  /** Asks for the service to be built. */
  readonly onRebuild: (cause: string) => void;
}

/** A container that somebody stops may be about to be started again. */
const stoppedMs = 500;
/** After so many in a row, a service that makes links all the time is built. */
const mostLinksMet = 3;

const again: State = { is: 'attaching' };

export class ServiceSync {
  readonly #options: ServiceSyncOptions;
  rules: ServiceRules;
  #container: Container | undefined;
  /** Effects that an earlier session left; they are due if the container is still the same. */
  #earlier: PendingEffects | undefined;
  readonly #refusals = new Refusals();

  constructor(options: ServiceSyncOptions) {
    this.#options = options;
    this.rules = options.rules;
  }

  /** Returns the container that was found last; undefined if there was none. */
  get container(): Container | undefined {
    return this.#container;
  }

  /** Returns the effects that are still to be carried out; undefined if there are none. */
  get pending(): PendingEffects | undefined {
    return this.#earlier ?? this.#container?.effects.listPending(this.#container.id);
  }

  /** Carries out what an earlier session did not, once the container is known to be the same. */
  addPending(pending: PendingEffects): void {
    this.#earlier = pending;
  }

  /** The service has been built by `rules`. */
  takeRules(rules: ServiceRules): void {
    this.rules = rules;
    if (this.#container !== undefined) this.#container.failedCommand = undefined;
    this.#refusals.noteBuilt();
    this.#options.pause.follow(undefined);
  }

  /** Something was edited, and is dirty: a program that is to run again for it is stopped. */
  noteEdits(): void {
    this.#refusals.noteEdit();
    const container = this.#container;
    if (container?.effects.isRunning === true)
      container.effects.interrupt(planBatch(this.rules, inputOf(this.#comparedWith(container))));
  }

  /** Whatever is being done is of no use any more. */
  interrupt(): void {
    this.#options.ledger.interrupt();
    this.#container?.effects.interrupt();
  }

  /** While the service is built: an edit that is to be built in makes that build out of date. */
  stayHeld(): State {
    const { ledger, nodes } = this.#options;
    const cause = findRebuild(
      decideAll(this.rules, { dirty: ledger.dirty, nodes, isEdited: name => ledger.isEdited(name) }),
    );
    return cause === undefined ? { is: 'held' } : this.#rebuild(cause);
  }

  /** Finds the service's container, and opens the way into it. */
  async attach(signal: AbortSignal): Promise<State> {
    const { clock, reporter } = this.#options;
    let container = await this.#open(signal);
    if (container?.isStopped === true && !container.isUp) {
      await clock.sleep(stoppedMs, signal);
      container = await this.#open(signal);
    }
    if (container !== undefined && (container.isUp || !container.isStopped)) {
      if (!container.files.isCompared) return { is: 'comparing', container };
      return { is: 'syncing', container };
    }
    const cause =
      container === undefined ? await this.#explainMissing(signal) : 'it was stopped: `os start` starts it';
    reporter.waiting(cause);
    return { is: 'detached', cause };
  }

  async #explainMissing(signal: AbortSignal): Promise<string> {
    const { engine, project, service } = this.#options;
    const other = await findContainerOfOthers(engine, project, service, signal);
    return other === undefined
      ? 'it has no container: `os push` makes one'
      : `its container ${sanitizeLine(other.name)} was made by another tool, and is left alone`;
  }

  /** Asks what `container` has; every name that may differ is dirty then. */
  async compare(container: Container, signal: AbortSignal): Promise<State> {
    const { ledger, nodes, clock } = this.#options;
    if (this.rules.watch.length > 0) await container.readUser(signal);
    const decisions = await compareAll(this.#comparedWith(container), signal);
    const syncs = decisions.filter(it => it.do === 'sync');
    const idle = decisions.filter(it => it.do === 'nothing' && !ledger.isEdited(it.name));
    ledger.drop(idle.map(({ name }) => name));
    const { dirty } = ledger;
    ledger.suspect(new Map(syncs.map(({ name }) => [name, dirty.get(name)])), clock.nowMs());
    ledger.noteSynced(syncs, nodes);
    return { is: 'syncing', container };
  }

  /** Plans what is dirty, applies it to `container`, and makes it take effect. */
  async sync(container: Container, signal: AbortSignal): Promise<State> {
    const { ledger, reporter, pause } = this.#options;
    if (!container.files.isCompared) return again;
    if (this.#refusals.isBuilt && container.hasRefused) return this.#recreate(container, signal);
    // Large files that other edits came before: this pass is for these edits alone.
    const left = ledger.takeLeft();
    const compared = this.#comparedWith(container);
    const decided = await decideDirty(compared, signal);
    if (decided === undefined) return again;
    const { decisions, isComplete } = decided;
    const others = decisions.filter(({ name }) => !left.has(name));
    const isDeferring = others.length > 0 && others.length < decisions.length;
    const input = { ...inputOf(compared), stop: pause.stop };
    const plan = planBatch(this.rules, input, isDeferring ? others : decisions);
    pause.follow(plan.stop);
    reporter.decided(plan);
    if (plan.rebuild !== undefined) return this.#rebuild(plan.rebuild);
    const { kind } = container;
    const refused = await this.#apply(container, plan, signal);
    if (refused !== undefined) return refused;
    this.#refusals.noteTaken();
    // Everything that this plan knew to be confirmed is removed by now.
    if (plan.stop?.isConfirmed === true) pause.follow(undefined);
    return (
      (await this.#takeEffect(container, signal)) ??
      (isDeferring || !isComplete ? again : this.#settle(container, kind))
    );
  }

  /** Returns the state that it leads to, if it does not end well; undefined if everything has taken effect. */
  async #takeEffect(container: Container, signal: AbortSignal): Promise<State | undefined> {
    this.#resumePending(container);
    if ((await runReplays(container, this.#options, signal)) === 'out-of-date') return again;
    if (container.failedCommand !== undefined && !this.#options.pause.isHolding) {
      const failed = container.failedCommand;
      container.failedCommand = undefined;
      return this.#rebuild(`${failed} fails in the container`);
    }
    if (!container.effects.isRestartDue) return undefined;
    try {
      await restart(container, this.#options, signal);
    } finally {
      // The stop was our own, not somebody's.
      container.isStopped = false;
    }
    // The next edit finds the way open.
    const now = await this.#open(signal);
    return now?.files.isCompared === true ? undefined : again;
  }

  #settle(container: Container, kind: Container['kind']): State {
    const { pause, reporter } = this.#options;
    if (pause.stop !== undefined) return { is: 'paused' };
    reporter.inSync(container.files.pathCount, kind);
    return { is: 'in-sync' };
  }

  #resumePending(container: Container): void {
    const earlier = this.#earlier;
    if (earlier === undefined || !container.isUp) return;
    this.#earlier = undefined;
    if (earlier.container === container.id) container.effects.resume(earlier, this.rules);
  }

  /** Returns the state that it leads to if the container has not taken all of the plan; undefined if it has. */
  async #apply(container: Container, plan: BatchPlan, signal: AbortSignal): Promise<State | undefined> {
    const { pause } = this.#options;
    const applied = await applyBatch(container, plan, { ...this.#options, rules: this.rules, signal });
    switch (applied.is) {
      case 'complete':
        return undefined;
      case 'incomplete':
        return again;
      case 'link-in-the-way':
        if (container.linksMet++ < mostLinksMet) {
          container.forget();
          return again;
        }
        return this.#answer(container, applied.message, pause.isHolding);
      case 'refused':
        return this.#answer(container, applied.message, pause.isHolding);
    }
  }

  /** The container refused an edit. Throws OsError `engine-refused` if no build may follow, or none helped. */
  #answer(container: Container, message: string, isHolding: boolean): State {
    if (isHolding) throw new OsError('engine-refused', message);
    container.hasRefused = true;
    return this.#rebuild(this.#refusals.answer(message));
  }

  /**
   * The service was built, and its image is as before: only another container can be without what this one has. The push
   * replaces a marked one, as it replaces any: this one runs until the other can be started.
   */
  async #recreate(container: Container, signal: AbortSignal): Promise<State> {
    this.#refusals.noteRecreated();
    await container.mark(true, signal);
    return this.#rebuild('its container has files that its image does not');
  }

  /** Asks for a build, which takes all that is dirty. */
  #rebuild(cause: string): State {
    this.#options.ledger.clear();
    this.#container?.forget();
    this.#options.onRebuild(cause);
    return { is: 'held' };
  }

  /** Makes sure of the way into the service's container; undefined if there is none. */
  async #open(signal: AbortSignal): Promise<Container | undefined> {
    const { engine, project, service, reporter } = this.#options;
    const last = this.#container;
    if (last?.isAttached !== true) {
      await last?.close();
      const found = await findServiceContainer(engine, project, service, signal);
      if (found?.id !== last?.id)
        this.#container =
          found && new Container(found, { ...this.#options, onNotice: message => reporter.noticed(message) });
      if (found !== undefined) await this.#container?.open(found.state, signal);
    }
    await this.#container?.readUnsure(signal);
    return this.#container;
  }

  #comparedWith(container: Container): Compared {
    const { nodes, ledger } = this.#options;
    return { rules: this.rules, nodes, ledger, container };
  }
}
