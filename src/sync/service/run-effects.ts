/** Makes synced files take effect: runs programs in the container, and restarts the service. */
import type { Clock } from '../../core/clock.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Container } from '../container/container.ts';
import { sendSignal } from '../container/end-program.ts';
import { restartService } from '../container/restart-service.ts';
import { runReplay, type Ran } from '../container/run-replay.ts';
import type { Replay } from '../recipe/copy-step.ts';
import type { Ledger } from './ledger.ts';
import type { ServiceReporter } from './service-reporter.ts';

export interface EffectsOptions {
  readonly engine: Engine;
  readonly stopGraceMs: number | undefined;
  readonly ledger: Ledger;
  readonly reporter: ServiceReporter;
  readonly clock: Clock;
}

/** `out-of-date`: something was edited meanwhile, which has to be synced first. */
export type ReplaysEnd = 'done' | 'out-of-date';

/**
 * Runs the programs that are due in `container`. A failure that leaves the container out of date is noted there as
 * `failedCommand`. Throws OsError, or the signal's reason.
 */
export async function runReplays(
  container: Container,
  options: EffectsOptions,
  signal: AbortSignal,
): Promise<ReplaysEnd> {
  const { reporter, ledger } = options;
  const { effects } = container;
  for (const replay of effects.replays) {
    const startedMs = reporter.running(replay);
    const ran = await runUnlessEdited(container, replay, options, signal);
    if (ran === undefined) {
      reporter.aborted(replay, startedMs);
      return 'out-of-date';
    }
    effects.noteRan(replay);
    reporter.ran(replay, ran, startedMs);
    if (ran.exitCode !== 0 && replay.isPartOfImage) {
      effects.dropReplays();
      container.failedCommand = replay.text;
      return 'done';
    }
    if (ran.isStopped) effects.noteRestartDue();
    // An edit that came meanwhile is synced before anything else runs, or the service is restarted.
    if (ledger.isDirty) return 'out-of-date';
  }
  return 'done';
}

/** Returns undefined if an edit has made the program out of date: then it has ended. */
async function runUnlessEdited(
  { id, kind, effects }: Container,
  replay: Replay,
  { engine, clock }: EffectsOptions,
  signal: AbortSignal,
): Promise<Ran | undefined> {
  const stop = effects.beginRun(replay);
  try {
    if (effects.leftProgram !== undefined)
      await sendSignal(engine, id, effects.leftProgram, { name: 'KILL', signal });
    const ran = await runReplay(engine, id, replay, {
      hasShell: kind === 'shell',
      clock,
      stop,
      signal,
      onStarted: program => {
        effects.leftProgram = program;
      },
    });
    effects.leftProgram = undefined;
    return ran;
  } catch (error) {
    signal.throwIfAborted();
    if (!stop.aborted) throw error;
    effects.leftProgram = undefined;
    return undefined;
  } finally {
    effects.endRun();
  }
}

/** Restarts the service. Throws OsError, or the signal's reason. */
export async function restart(
  container: Container,
  { engine, stopGraceMs, clock, reporter }: EffectsOptions,
  signal: AbortSignal,
): Promise<void> {
  const startedMs = reporter.restarting();
  await container.close();
  const { isKilled } = await restartService(engine, container.id, { stopGraceMs, clock, signal });
  reporter.restarted(startedMs, isKilled);
  container.effects.noteRestarted();
}
