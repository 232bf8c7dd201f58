import { systemClock } from '../core/clock.ts';
import { openDeadline } from '../core/deadline.ts';
import { OsError } from '../core/errors.ts';
import type { Engine } from '../engine/engine.ts';

/** How long an engine that is started anew may take to be there again. */
const patienceMs = 10_000;
const pollMs = 250;

/**
 * Removes the container of a build step, once the engine can be asked. An engine that loses the connection does so by
 * itself; one that was stopped in the midst of the step has left it. Never fails: the loss itself is what is told.
 */
export async function removeStepContainer(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  using deadline = openDeadline(signal, patienceMs);
  for (;;) {
    try {
      await engine.removeContainer(id, { signal: deadline.signal });
      return;
    } catch (error) {
      if (!(error instanceof OsError) || error.code !== 'connection-lost') return;
    }
    try {
      await systemClock.sleep(pollMs, deadline.signal);
    } catch {
      return;
    }
  }
}
