/** Records what has to happen in a container for synced files to take effect: programs to run, and a restart of the service. */
import { createHash } from 'node:crypto';
import type { Replay } from '../recipe/copy-step.ts';
import type { ServiceRules } from '../decide/decide.ts';
import { inTurn, type BatchPlan } from '../decide/plan-batch.ts';
import { replaysOf } from '../decide/watch-rules.ts';
import type { Started } from './end-program.ts';
import type { PendingEffects } from './pending-effects.ts';

const keyOf = (replay: Replay): string => JSON.stringify(replay);

/** Returns a digest rather than the command, since its environment may hold secrets. */
const digestOf = (replay: Replay): string =>
  createHash('sha256').update(keyOf(replay)).digest('hex').slice(0, 16);

export class DueEffects {
  #isRestartDue = false;
  #replays: readonly Replay[] = [];
  #running: { readonly key: string; readonly stop: AbortController } | undefined;
  /** A program whose end nobody has seen, as the connection was lost. */
  leftProgram: Started | undefined;

  get isRestartDue(): boolean {
    return this.#isRestartDue;
  }

  /** Returns the programs to run, in their order. */
  get replays(): readonly Replay[] {
    return this.#replays;
  }

  /** The container has what `plan` syncs, all of it or some. */
  note(
    { replays, restart }: Pick<BatchPlan, 'replays' | 'restart'>,
    rules: Pick<ServiceRules, 'recipe'>,
  ): void {
    this.#isRestartDue ||= restart !== undefined;
    const due = new Map([...this.#replays, ...replays].map(it => [keyOf(it), it]));
    this.#replays = inTurn([...due.values()], rules);
  }

  /** Takes over what an earlier session did not carry out in this container. */
  resume({ restarts, commands }: PendingEffects, rules: Pick<ServiceRules, 'recipe' | 'watch'>): void {
    const known = [
      ...rules.recipe.steps.flatMap(({ replays }) => replays),
      ...rules.watch.flatMap(replaysOf),
    ];
    const replays = known.filter(it => commands.includes(digestOf(it)));
    this.note({ replays, restart: restarts ? 'an earlier session ended before' : undefined }, rules);
  }

  /** Returns what is due in the container `id`; undefined if everything is done. */
  listPending(id: string): PendingEffects | undefined {
    if (!this.#isRestartDue && this.#replays.length === 0) return undefined;
    return { container: id, restarts: this.#isRestartDue, commands: this.#replays.map(digestOf) };
  }

  noteRestartDue(): void {
    this.#isRestartDue = true;
  }

  noteRestarted(): void {
    this.#isRestartDue = false;
  }

  /** `replay` has ended. */
  noteRan(replay: Replay): void {
    this.#replays = this.#replays.filter(it => it !== replay);
  }

  /** A build makes up for the programs that are due. */
  dropReplays(): void {
    this.#replays = [];
  }

  /** Returns a signal that aborts when `replay`, which begins to run, is out of date; `endRun` has to follow. */
  beginRun(replay: Replay): AbortSignal {
    const stop = new AbortController();
    this.#running = { key: keyOf(replay), stop };
    return stop.signal;
  }

  endRun(): void {
    this.#running = undefined;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** The program that runs is out of date; with a plan, only if that runs it again or asks for a build. */
  interrupt(plan?: Pick<BatchPlan, 'replays' | 'rebuild'>): void {
    const running = this.#running;
    if (running === undefined) return;
    const isAgain = plan?.replays.some(it => keyOf(it) === running.key);
    if (isAgain !== false || plan?.rebuild !== undefined) running.stop.abort();
  }
}
