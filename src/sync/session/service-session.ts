/** One service in a live session, from whatever happens to its sources, its container and the device to passes of sync. */
import { OsError } from '../../core/errors.ts';
import type { ServiceRules } from '../decide/decide.ts';
import { planBatch } from '../decide/plan-batch.ts';
import type { Report } from '../events.ts';
import type { Changed } from '../tree/known-tree.ts';
import { Bell } from '../watch/bell.ts';
import { Backlog } from './backlog.ts';
import { Pause, type Confirm } from './pause.ts';
import type { Drift } from './live-options.ts';
import { EditedNote } from './edited-note.ts';
import { Stale } from './effects.ts';
import { ServiceSync, type ServiceSyncOptions } from './service-sync.ts';
import { Telling } from './telling.ts';
import { goneNodeOf, Unbuilt } from './unbuilt.ts';

export interface ServiceSessionOptions extends Omit<ServiceSyncOptions, 'backlog' | 'pause' | 'tell'> {
  /** Asks for the service to be built anew; its container is looked at again when that is done. */
  readonly onRebuild: (cause: string) => void;
  readonly confirm: Confirm | undefined;
  readonly report: Report;
}

const retryMs = 500;

const isOutOfReach = ({ code }: OsError): boolean =>
  code === 'connection-lost' || code === 'engine-missing' || code === 'engine-conflict';

export class ServiceSession {
  readonly #options: ServiceSessionOptions;
  readonly #bell = new Bell();
  readonly #backlog = new Backlog();
  readonly #unbuilt = new Unbuilt();
  readonly #pause: Pause;
  readonly #tell: Telling;
  readonly #sync: ServiceSync;
  readonly #note: EditedNote;
  #isHeld = false;
  #isAway = false;
  /** Why it was to be built when that failed, perhaps because the engine was about to end. */
  #failedCause: string | undefined;

  constructor(options: ServiceSessionOptions) {
    this.#options = options;
    this.#note = new EditedNote(options.engine);
    this.#tell = new Telling(options);
    this.#pause = new Pause({ ...options, onConfirmed: () => this.#bell.ring() });
    this.#sync = new ServiceSync({
      ...options,
      ...{ backlog: this.#backlog, pause: this.#pause, tell: this.#tell },
    });
  }

  get service(): string {
    return this.#options.service;
  }

  /** `changed` may have to go to the container. */
  add(changed: Changed, startedMs: number): void {
    for (const [name, before] of changed) this.#unbuilt.add(name, before);
    this.#backlog.add(changed, startedMs);
    // Sources that are back may be as they were.
    if (changed.size > 0) this.#sync.hearEdits(changed.keys());
    this.#isAway = false;
    this.#bell.ring();
  }

  /** Its sources are away: nothing is done before they are back, with an `add`. */
  waitFor(cause: string): void {
    this.#isAway = true;
    this.#tell.waiting(cause);
  }

  /** Names that are not as they were when the image was built, and those that an earlier session has brought there. */
  addDrift({ names, synced }: Pick<Drift, 'names' | 'synced'>): void {
    const { nodes, clock } = this.#options;
    const changed: Changed = new Map();
    for (const name of [...names, ...synced]) {
      const plain = name.replace(/\/$/, '');
      if (names.includes(name)) this.#unbuilt.add(plain, 'unknown');
      changed.set(plain, nodes.has(plain) ? undefined : goneNodeOf(name));
    }
    this.#backlog.add(changed, clock.nowMs());
    this.#bell.ring();
  }

  /** Nothing is done while the service is being built; then with what is known by then. */
  hold(): void {
    this.#isHeld = true;
    this.#sync.interrupt();
  }

  beginBuild(): void {
    this.#unbuilt.beginBuild();
  }

  /** `rules`: as it has been built; undefined where it has not. `failedCause`: why another engine is asked again. */
  release(rules: ServiceRules | undefined, failedCause: string | undefined): void {
    this.#failedCause = failedCause;
    this.#unbuilt.endBuild({ isBuilt: rules !== undefined });
    if (rules !== undefined) this.#sync.takeRules(rules);
    this.#isHeld = false;
    this.#tell.expectNews();
    this.#bell.ring();
  }

  /** Something happened to a container of the service. */
  look(id: string, action: string): void {
    const { link } = this.#sync;
    this.#sync.isStopped = action === 'stop' && id === link.id;
    link.notice(id);
    this.#bell.ring();
  }

  /** The device was out of reach, or is: anything may have happened to the container. */
  lookAtAll(): void {
    this.#sync.isStopped = false;
    this.#sync.interrupt();
    this.#sync.link.forget();
    if (this.#failedCause !== undefined) this.#options.onRebuild(this.#failedCause);
    this.#failedCause = undefined;
    this.#bell.ring();
  }

  /** Names that the container has as they are now, and its image does not before it is built again. */
  listUnbuilt(): string[] {
    const { nodes } = this.#options;
    const dirty: Changed = new Map(this.#unbuilt.list(nodes).map(name => [name, undefined]));
    return planBatch(this.#sync.rules, { dirty, nodes, applied: new Map() }).decisions.flatMap(it =>
      it.do === 'sync' && it.isBuilt && !this.#sync.edits.isAwaitedFor(it) ? [it.name] : [],
    );
  }

  /** Names of what rules have brought there, and no build takes. */
  listBrought(): readonly string[] {
    return this.#sync.brought.names;
  }

  async run(signal: AbortSignal): Promise<void> {
    await using _link = this.#sync.link;
    using _pause = this.#pause;
    this.#bell.ring();
    for (;;) {
      await this.#bell.wait(signal);
      if (this.#isAway) continue;
      try {
        // An edit that is to be built in makes the build that runs out of date.
        const cause = this.#isHeld ? this.#sync.plan().plan.rebuild : await this.#sync.pass(signal);
        if (cause !== undefined) this.#rebuild(cause);
        else if (!this.#isHeld) await this.noteEdits(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof Stale) this.#bell.ring();
        else if (error instanceof OsError) await this.#bear(error, signal);
        else throw error;
      }
    }
  }

  /** Tells the device whether the container has what its image has not. */
  async noteEdits(signal: AbortSignal): Promise<void> {
    const { link } = this.#sync;
    if (link.hasContainer) await this.#note.tell(link, this.listUnbuilt().length > 0, signal);
  }

  #rebuild(cause: string): void {
    this.#backlog.clear();
    this.#sync.link.forget();
    this.#options.onRebuild(cause);
  }

  /** The device can't be asked now, or refuses: neither is the end. */
  async #bear(error: OsError, signal: AbortSignal): Promise<void> {
    this.#sync.link.forget();
    if (!isOutOfReach(error)) {
      this.#tell.failed(error.message);
      return;
    }
    this.#tell.waiting(error.message, error.code);
    await this.#options.clock.sleep(retryMs, signal);
    this.#bell.ring();
  }
}
