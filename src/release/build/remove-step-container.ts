import { systemClock } from '../../core/clock.ts';
import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';

/** The time that a restarted engine may need: on a busy board it takes more than ten seconds. */
const patienceMs = 45_000;
const pollMs = 250;
const isAway = new Set<string>(['connection-lost', 'device-unreachable']);

/**
 * Removes the container of a build step once the engine can be reached again. An engine that loses the connection
 * removes it by itself; one that was stopped during the step leaves it. Never throws: the lost connection is the error
 * to report.
 */
export async function removeStepContainer(
  engine: Pick<Engine, 'removeContainer'>,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  using deadline = openDeadline(signal, patienceMs);
  for (;;) {
    try {
      await engine.removeContainer(id, { signal: deadline.signal });
      return;
    } catch (error) {
      if (!(error instanceof OsError) || !isAway.has(error.code)) return;
    }
    try {
      await systemClock.sleep(pollMs, deadline.signal);
    } catch {
      return;
    }
  }
}
