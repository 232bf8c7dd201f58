import type { Clock } from '../../core/clock.ts';
import type { Engine } from '../../engine/engine.ts';

/** Somebody waits for the effect of an edit. */
export const longestGraceMs = 2000;
/** Compose's, where a service says nothing. */
const usualGraceMs = 10_000;

/**
 * Starts a container's program again, with its stop signal and a short grace; one that has crashed is started, past
 * the engine's back-off. Tells whether the grace was used up.
 */
export async function restartService(
  engine: Engine,
  id: string,
  {
    stopGraceMs = usualGraceMs,
    clock,
    signal,
  }: {
    stopGraceMs: number | undefined;
    clock: Clock;
    signal: AbortSignal;
  },
): Promise<{ isKilled: boolean }> {
  const graceMs = Math.min(stopGraceMs, longestGraceMs);
  const startedMs = clock.nowMs();
  await engine.restartContainer(id, { graceS: Math.ceil(graceMs / 1000), signal });
  return { isKilled: clock.nowMs() - startedMs >= graceMs };
}
