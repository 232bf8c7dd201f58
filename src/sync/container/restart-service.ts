import type { Clock } from '../../core/clock.ts';
import type { Engine } from '../../engine/engine.ts';

/** A restart is forced after this time, since somebody waits for the effect of an edit. */
export const longestGraceMs = 2000;
/** Compose's default. */
const usualGraceMs = 10_000;

/**
 * Restarts a container's program, with its stop signal and a short grace period; one that has crashed is started, past
 * the engine's back-off. Returns whether the grace period was used up.
 */
export async function restartService(
  engine: Engine,
  id: string,
  {
    stopGraceMs = usualGraceMs,
    clock,
    signal,
  }: {
    readonly stopGraceMs: number | undefined;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly isKilled: boolean }> {
  const graceMs = Math.min(stopGraceMs, longestGraceMs);
  const startedMs = clock.nowMs();
  await engine.restartContainer(id, { graceS: Math.ceil(graceMs / 1000), signal });
  return { isKilled: clock.nowMs() - startedMs >= graceMs };
}
