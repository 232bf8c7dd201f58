/** What makes synced files take effect: programs that are run in the container, and the service that is started again. */
import type { Clock } from '../../core/clock.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Replay } from '../decide/copy-step.ts';
import { inTurn, type BatchPlan } from '../decide/plan-batch.ts';
import type { ServiceRules } from '../decide/decide.ts';
import type { Backlog } from './backlog.ts';
import type { ContainerLink } from './container-link.ts';
import { sendSignal, type Started } from './end-program.ts';
import { runReplay, type Ran } from './run-replay.ts';
import { restartService } from './restart-service.ts';
import type { Telling } from './telling.ts';

export interface EffectsOptions {
  readonly engine: Engine;
  readonly stopGraceMs: number | undefined;
  readonly link: ContainerLink;
  readonly backlog: Backlog;
  readonly tell: Telling;
  readonly clock: Clock;
}

/** What is being done is out of date; the next pass knows better. */
export class Stale extends Error {}

const keyOf = (replay: Replay): string => JSON.stringify(replay);

export class Effects {
  readonly #options: EffectsOptions;
  /** The container in which all this is due. */
  #id = '';
  #isRestartDue = false;
  #due: readonly Replay[] = [];
  #running: { readonly key: string; readonly stop: AbortController } | undefined;
  /** A program whose end nobody has seen, as the connection was lost. */
  #left: Started | undefined;

  constructor(options: EffectsOptions) {
    this.#options = options;
  }

  /** What `plan` brought is in the container, all of it or some. */
  note({ replays, restart }: Pick<BatchPlan, 'replays' | 'restart'>, rules: ServiceRules): void {
    const { id } = this.#options.link;
    if (id !== this.#id) {
      this.#due = [];
      this.#isRestartDue = false;
      this.#left = undefined;
    }
    this.#id = id;
    this.#isRestartDue ||= restart !== undefined;
    const due = new Map([...this.#due, ...replays].map(it => [keyOf(it), it]));
    this.#due = inTurn([...due.values()], rules);
  }

  /** Whether a program runs, which edits may make out of date. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** What runs is out of date; with a plan, where that is to run it again. */
  interrupt(plan?: Pick<BatchPlan, 'replays' | 'rebuild'>): void {
    const running = this.#running;
    if (running === undefined) return;
    const isAgain = plan?.replays.some(it => keyOf(it) === running.key);
    if (isAgain !== false || plan?.rebuild !== undefined) running.stop.abort();
  }

  /** Runs what is due. Returns which of it has failed, where the container is out of date then. Throws Stale, OsError. */
  async run(signal: AbortSignal): Promise<string | undefined> {
    const { tell, backlog } = this.#options;
    for (const replay of this.#dueHere) {
      const startedMs = tell.running(replay);
      const ran = await this.#runOne(replay, startedMs, signal);
      this.#due = this.#due.filter(it => it !== replay);
      tell.ran(replay, ran, startedMs);
      if (ran.exitCode !== 0 && replay.isPartOfImage) {
        this.#due = [];
        return `${replay.text} fails in the container`;
      }
      this.#isRestartDue ||= ran.isStopped;
      // What was edited meanwhile is there before anything else runs, or the service is started again.
      if (backlog.names.size > 0) throw new Stale();
    }
    return undefined;
  }

  get isRestartDue(): boolean {
    return this.#isRestartDue && this.#options.link.id === this.#id;
  }

  /** Starts the service again. */
  async restart(signal: AbortSignal): Promise<void> {
    const { engine, link, stopGraceMs, clock, tell } = this.#options;
    const startedMs = tell.restarting();
    const id = await link.close();
    const { isKilled } = await restartService(engine, id, { stopGraceMs, clock, signal });
    tell.restarted(startedMs, isKilled);
    this.#isRestartDue = false;
  }

  get #dueHere(): readonly Replay[] {
    return this.#options.link.id === this.#id ? this.#due : [];
  }

  async #runOne(replay: Replay, startedMs: number, signal: AbortSignal): Promise<Ran> {
    const { engine, link, tell, clock } = this.#options;
    const stop = new AbortController();
    this.#running = { key: keyOf(replay), stop };
    try {
      if (this.#left !== undefined) await sendSignal(engine, link.id, this.#left, { name: 'KILL', signal });
      const ran = await runReplay(engine, link.id, replay, {
        ...{ hasShell: link.kind === 'shell', clock, stop: stop.signal, signal },
        onStarted: program => {
          this.#left = program;
        },
      });
      this.#left = undefined;
      return ran;
    } catch (error) {
      signal.throwIfAborted();
      if (!stop.signal.aborted) throw error;
      this.#left = undefined;
      tell.aborted(replay, startedMs);
      throw new Stale();
    } finally {
      this.#running = undefined;
    }
  }
}
