import { systemClock, type Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerDetails } from '../../engine/objects.ts';
import type { Dependency } from '../../project/service.ts';
import type { PushEvent, Report } from './events.ts';
import { findServiceContainer } from '../running/service-container.ts';
import { serviceFailure } from './service-failure.ts';

const pollMs = 100;

export interface AwaitOptions {
  readonly report: Report<PushEvent>;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

export type WaitingEngine = Pick<Engine, 'getContainer' | 'listContainers' | 'readLogs' | 'where'>;

/** The container of `service`, inspected. Throws OsError `service-failed` if there is none. */
export async function getServiceContainer(
  engine: WaitingEngine,
  project: string,
  service: string,
  signal: AbortSignal,
): Promise<ContainerDetails> {
  const container = await findServiceContainer(engine, project, service, signal);
  if (container === undefined) throw new OsError('service-failed', `${service} has no container`);
  return engine.getContainer(container.id, signal);
}

/** The outcome of a wait; undefined while it is pending. */
function outcomeOf(
  container: ContainerDetails,
  condition: Dependency['condition'],
): 'healthy' | 'completed' | 'failed' | undefined {
  const { state, exitCode, health } = container;
  if (condition === 'service_completed_successfully') {
    if (state === 'exited') return exitCode === 0 ? 'completed' : 'failed';
    return state === 'dead' ? 'failed' : undefined;
  }
  if (state === 'exited' || state === 'dead' || health === 'unhealthy' || health === null) return 'failed';
  return health === 'healthy' ? 'healthy' : undefined;
}

/** Waits until a service that others depend on is healthy or has completed. Throws OsError `service-failed`. */
export async function awaitCondition(
  engine: WaitingEngine,
  project: string,
  { service, condition }: Pick<Dependency, 'service' | 'condition'>,
  { report, signal, clock = systemClock }: AwaitOptions,
): Promise<void> {
  for (;;) {
    const container = await getServiceContainer(engine, project, service, signal);
    const outcome = outcomeOf(container, condition);
    if (outcome === 'failed') throw await serviceFailure(engine, service, container, signal);
    if (outcome !== undefined) {
      report({ type: 'service', service, state: outcome, cause: '' });
      return;
    }
    await clock.sleep(pollMs, signal);
  }
}
