import { systemClock } from '../../core/clock.ts';
import type { ContainerDetails } from '../../engine/objects.ts';
import { getServiceContainer, type AwaitOptions, type WaitingEngine } from './await-condition.ts';
import { serviceFailure } from './service-failure.ts';

export interface AwaitServicesOptions extends AwaitOptions {
  /** Services whose failure is a warning. Default: none. */
  readonly optional?: ReadonlySet<string>;
}

/** A service without a health check counts as up after this time. */
const settleMs = 1000;
const pollMs = 100;

/** `done` for a service that completed, `up`, `failed`, or undefined if it is too early to decide. */
export function verdictOf(
  container: ContainerDetails,
  elapsedMs: number,
): 'done' | 'up' | 'failed' | undefined {
  const { state, exitCode, health, restartCount } = container;
  if (state === 'restarting' || state === 'dead' || health === 'unhealthy') return 'failed';
  if (state === 'exited') return exitCode === 0 ? 'done' : 'failed';
  if (restartCount > 0 && elapsedMs < settleMs) return 'failed';
  if (health === 'starting') return undefined;
  return health === 'healthy' || elapsedMs >= settleMs ? 'up' : undefined;
}

/**
 * Waits until each of `services`, just started, is healthy, or without a health check has been up for a second.
 * Throws OsError `service-failed` with the last lines of the first that is not.
 */
export async function awaitServices(
  engine: WaitingEngine,
  project: string,
  services: readonly string[],
  { report, signal, clock = systemClock, optional = new Set() }: AwaitServicesOptions,
): Promise<void> {
  const startedMs = clock.nowMs();
  const waiting = new Set(services);
  while (waiting.size > 0) {
    for (const service of waiting) {
      const container = await getServiceContainer(engine, project, service, signal);
      const verdict = verdictOf(container, clock.nowMs() - startedMs);
      if (verdict === 'failed') {
        const failure = await serviceFailure(engine, service, container, signal);
        if (!optional.has(service)) throw failure;
        report({ type: 'warning', message: failure.message });
      }
      if (verdict === undefined) continue;
      waiting.delete(service);
      if (container.health === 'healthy') report({ type: 'service', service, state: 'healthy', cause: '' });
    }
    if (waiting.size > 0) await clock.sleep(pollMs, signal);
  }
}
