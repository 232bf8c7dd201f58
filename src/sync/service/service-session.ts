/** One service in a live session: what happens outside only notifies it, and one loop takes it from state to state. */
import { OsError } from '../../core/errors.ts';
import type { PendingEffects } from '../container/pending-effects.ts';
import type { ServiceRules } from '../decide/decide.ts';
import type { Former } from '../decide/place-targets.ts';
import { decideAll } from '../decide/plan-batch.ts';
import type { Report } from '../events.ts';
import type { Changed } from '../tree/known-tree.ts';
import { Notifier } from '../watch/notifier.ts';
import { goneNodeOf, Ledger } from './ledger.ts';
import type { Drift } from '../session/live-options.ts';
import { Pause, type Confirm } from './pause.ts';
import { ServiceReporter } from './service-reporter.ts';
import { ServiceSync, type ServiceSyncOptions } from './service-sync.ts';
import { isSettled, leavingOf, nextState, type State } from './state.ts';

export interface ServiceSessionOptions extends Omit<ServiceSyncOptions, 'ledger' | 'pause' | 'reporter'> {
  readonly confirm: Confirm | undefined;
  readonly report: Report;
}

const retryMs = 500;

const isOutOfReach = ({ code }: OsError): boolean =>
  code === 'connection-lost' || code === 'engine-missing' || code === 'engine-conflict';

export class ServiceSession {
  readonly #options: ServiceSessionOptions;
  readonly #notifier = new Notifier();
  readonly #ledger = new Ledger();
  readonly #pause: Pause;
  readonly #reporter: ServiceReporter;
  readonly #sync: ServiceSync;
  #state: State = { is: 'attaching' };
  #isHeld = false;
  #areSourcesAway = false;
  /** The cause of a build that failed, perhaps because the engine was about to end. */
  #failedCause: string | undefined;
  #notInImage: { readonly revision: number; readonly names: readonly string[] } | undefined;

  constructor(options: ServiceSessionOptions) {
    this.#options = options;
    this.#reporter = new ServiceReporter(options);
    this.#pause = new Pause({ ...options, onConfirmed: () => this.#notifier.notify() });
    this.#sync = new ServiceSync({
      ...options,
      ledger: this.#ledger,
      pause: this.#pause,
      reporter: this.#reporter,
    });
  }

  get service(): string {
    return this.#options.service;
  }

  get state(): State {
    return this.#state;
  }

  /** `changed` may have to go to the container; the sources are there. */
  add(changed: Changed, startedMs: number): void {
    this.#ledger.edit(changed, startedMs);
    // Sources that are back may be as they were.
    if (changed.size > 0) this.#sync.noteEdits();
    this.#areSourcesAway = false;
    this.#notifier.notify();
  }

  /** The sources are away: nothing is done before they are back, with an `add`. */
  waitFor(cause: string): void {
    this.#areSourcesAway = true;
    this.#reporter.waiting(cause);
  }

  /** Notes names that are not as they were when the image was built, and those that an earlier session synced. */
  addDrift({ names, synced }: Pick<Drift, 'names' | 'synced'>): void {
    const { nodes, clock } = this.#options;
    const changed = new Map<string, Former>();
    for (const name of [...names, ...synced]) {
      const plain = name.replace(/\/$/, '');
      if (names.includes(name)) this.#ledger.noteNotInImage(plain);
      changed.set(plain, nodes.has(plain) ? 'unknown' : goneNodeOf(name));
    }
    this.#ledger.suspect(changed, clock.nowMs());
    this.#notifier.notify();
  }

  addPending(pending: PendingEffects): void {
    this.#sync.addPending(pending);
  }

  /** Returns the effects of synced files that are still to be carried out. */
  get pending(): PendingEffects | undefined {
    return this.#sync.pending;
  }

  /** Nothing is done while the service is being built; then with what is known by then. */
  hold(): void {
    this.#isHeld = true;
    this.#sync.interrupt();
  }

  beginBuild(): void {
    this.#ledger.beginBuild();
  }

  /**
   * The build has ended. `rules`: those that it was built by; undefined if it failed. `failedCause`: why the service is
   * to be built once the engine has been out of reach.
   */
  release(rules: ServiceRules | undefined, failedCause: string | undefined): void {
    this.#failedCause = failedCause;
    this.#ledger.endBuild({ isBuilt: rules !== undefined });
    if (rules !== undefined) this.#sync.takeRules(rules);
    this.#isHeld = false;
    this.#reporter.reportAgain();
    this.#notifier.notify();
  }

  /** Something happened to a container of the service. */
  handleContainerEvent(id: string, action: string): void {
    this.#sync.container?.handleEvent(id, action);
    this.#notifier.notify();
  }

  /** The device was out of reach, or is: anything may have happened to the container. */
  handleConnectionEvent(): void {
    this.#sync.interrupt();
    const { container } = this.#sync;
    if (container !== undefined) container.isStopped = false;
    container?.forget();
    if (this.#failedCause !== undefined) this.#options.onRebuild(this.#failedCause);
    this.#failedCause = undefined;
    this.#notifier.notify();
  }

  /** True where the service had no container when that was looked up last. */
  get isContainerGone(): boolean {
    return this.#state.is === 'detached' && this.#sync.container === undefined;
  }

  /** Returns the names that the container has as they are now, and its image does not before it is built again. */
  listNotInImage(): readonly string[] {
    const { revision } = this.#ledger;
    if (this.#notInImage?.revision === revision) return this.#notInImage.names;
    const { nodes } = this.#options;
    const dirty = new Map(this.#ledger.listNotInImage(nodes).map(name => [name, undefined]));
    const isEdited = (name: string): boolean => this.#ledger.isEdited(name);
    const decisions = decideAll(this.#sync.rules, { dirty, nodes, isEdited });
    const names = decisions.flatMap(it => (it.do === 'sync' && it.isBuilt ? [it.name] : []));
    this.#notInImage = { revision, names };
    return names;
  }

  /** Returns the names that rules synced to the container, and no build takes. */
  listSyncedByRules(): readonly string[] {
    return this.#ledger.syncedByRules;
  }

  async run(signal: AbortSignal): Promise<void> {
    using _pause = this.#pause;
    try {
      for (;;) {
        const entered = nextState(this.#state, {
          areSourcesAway: this.#areSourcesAway,
          isHeld: this.#isHeld,
        });
        this.#state = await this.#step(entered, signal);
        await this.#leave(this.#state, signal);
      }
    } finally {
      await this.#sync.container?.close();
    }
  }

  /** Makes the device know whether the container has files that its image lacks. */
  async noteEdits(signal: AbortSignal): Promise<void> {
    await this.#sync.container?.mark(this.listNotInImage().length > 0, signal);
  }

  /** Does what is to be done in `state`; returns the state that this leads to. */
  async #step(state: State, signal: AbortSignal): Promise<State> {
    try {
      const next = await this.#act(state, signal);
      if (isSettled(next) && !this.#isHeld) await this.noteEdits(signal);
      return next;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof OsError)) throw error;
      return this.#handleFailure(error);
    }
  }

  #act(state: State, signal: AbortSignal): State | Promise<State> {
    switch (state.is) {
      case 'held':
        return this.#sync.stayHeld();
      case 'attaching':
        return this.#sync.attach(signal);
      case 'comparing':
        return this.#sync.compare(state.container, signal);
      case 'syncing':
        return this.#sync.sync(state.container, signal);
      case 'sources-away':
      case 'detached':
      case 'in-sync':
      case 'paused':
      case 'out-of-reach':
      case 'refused':
        return state;
    }
  }

  /** Waits for what leads out of `state`. News that has come by then is taken by the next pass. */
  async #leave(state: State, signal: AbortSignal): Promise<void> {
    const leaving = leavingOf(state);
    if (leaving === 'next-step') return;
    if (leaving === 'retry') await this.#options.clock.sleep(retryMs, signal);
    if (leaving !== 'news') this.#notifier.notify();
    await this.#notifier.wait(signal);
  }

  /** The device can't be asked now, or refuses: neither is the end. */
  #handleFailure(error: OsError): State {
    this.#sync.container?.forget();
    if (isOutOfReach(error)) {
      this.#reporter.waiting(error.message, error.code);
      return { is: 'out-of-reach' };
    }
    this.#reporter.failed(error.message);
    return { is: 'refused' };
  }
}
