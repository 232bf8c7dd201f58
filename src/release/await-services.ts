import { systemClock } from '../core/clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { ContainerDetails } from '../engine/objects.ts';
import { findServiceContainer, type AwaitOptions } from './await-condition.ts';
import { serviceFailure } from './service-failure.ts';

/** A service that is up this long after its start has not crashed early. */
const settleMs = 1000;
const pollMs = 100;

/** Where it stands: `done` for work that ended well, `up`, `failed`, or undefined where more time will tell. */
function verdictOf(container: ContainerDetails, elapsedMs: number): 'done' | 'up' | 'failed' | undefined {
  const { state, exitCode, health, restartCount } = container;
  if (state === 'restarting' || state === 'dead' || health === 'unhealthy') return 'failed';
  if (state === 'exited') return exitCode === 0 ? 'done' : 'failed';
  if (restartCount > 0 && elapsedMs < settleMs) return 'failed';
  if (health === 'starting') return undefined;
  return health === 'healthy' || elapsedMs >= settleMs ? 'up' : undefined;
}

/**
 * Waits until each of `services`, just started, is healthy, or has been up for a second where it has no health check.
 * Throws OsError `service-failed` with the last lines of the first that is not.
 */
export async function awaitServices(
  engine: Engine,
  project: string,
  services: readonly string[],
  { report, signal, clock = systemClock }: AwaitOptions,
): Promise<void> {
  const startedMs = clock.nowMs();
  const waiting = new Set(services);
  while (waiting.size > 0) {
    for (const service of waiting) {
      const container = await findServiceContainer(engine, project, service, signal);
      const verdict = verdictOf(container, clock.nowMs() - startedMs);
      if (verdict === 'failed') throw await serviceFailure(engine, service, container, signal);
      if (verdict === undefined) continue;
      waiting.delete(service);
      if (container.health === 'healthy') report({ type: 'service', service, state: 'healthy', cause: '' });
    }
    if (waiting.size > 0) await clock.sleep(pollMs, signal);
  }
}
