import { systemClock, type Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerDetails } from '../../engine/objects.ts';
import type { Dependency } from '../../project/service.ts';
import type { PushEvent, Report } from './events.ts';
import { findServiceContainer } from '../running/service-container.ts';
import { serviceFailure } from './service-failure.ts';

const pollMs = 100;

/** Restarts during a wait after which a warning tells of them. */
const tellingRestarts = 3;
/** After these the wait fails. An engine doubles its pause before each, so that they take more than 100 s. */
const mostRestarts = 10;

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

/** The outcome of a wait in which the container has restarted so often; undefined while it is pending. */
function outcomeOf(
  container: ContainerDetails,
  condition: Dependency['condition'],
  restarts: number,
): 'healthy' | 'completed' | 'failed' | undefined {
  const { state, exitCode, health } = container;
  if (condition === 'service_completed_successfully') {
    // A policy of restarts starts it again each time: one success is enough.
    if (state === 'restarting' && exitCode === 0) return 'completed';
    if (state === 'exited') return exitCode === 0 ? 'completed' : 'failed';
    return state === 'dead' || restarts >= mostRestarts ? 'failed' : undefined;
  }
  if (health !== 'healthy' && restarts >= mostRestarts) return 'failed';
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
  let before: ContainerDetails | undefined;
  let isTold = false;
  for (;;) {
    const container = await getServiceContainer(engine, project, service, signal);
    if (before?.id !== container.id) before = container;
    const restarts = container.restartCount - before.restartCount;
    const outcome = outcomeOf(container, condition, restarts);
    if (outcome === undefined && restarts >= tellingRestarts && !isTold) {
      isTold = true;
      report({
        type: 'warning',
        message: (await serviceFailure(engine, service, container, signal)).message,
      });
    }
    if (outcome === 'failed') throw await serviceFailure(engine, service, container, signal);
    if (outcome !== undefined) {
      report({ type: 'service', service, state: outcome, cause: '' });
      return;
    }
    await clock.sleep(pollMs, signal);
  }
}
