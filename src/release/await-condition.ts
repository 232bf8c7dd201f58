import { systemClock, type Clock } from '../core/clock.ts';
import { OsError } from '../core/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { ContainerDetails } from '../engine/objects.ts';
import type { Dependency } from '../project/service.ts';
import type { PushEvent, Report } from './events.ts';
import { composeLabels } from './labels.ts';
import { serviceFailure } from './service-failure.ts';

const pollMs = 100;

export interface AwaitOptions {
  readonly report: Report<PushEvent>;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** The container that runs `service`. Throws OsError `service-failed` when there is none. */
export async function findServiceContainer(
  engine: Engine,
  project: string,
  service: string,
  signal: AbortSignal,
): Promise<ContainerDetails> {
  const labels = { [composeLabels.project]: project, [composeLabels.service]: service };
  const [container] = await engine.listContainers(labels, signal);
  if (container === undefined) throw new OsError('service-failed', `${service} has no container`);
  return engine.getContainer(container.id, signal);
}

/** What the wait has come to; undefined: it goes on. */
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

/** Waits until a service that others depend on is healthy or has done its work. Throws OsError `service-failed`. */
export async function awaitCondition(
  engine: Engine,
  project: string,
  { service, condition }: Pick<Dependency, 'service' | 'condition'>,
  { report, signal, clock = systemClock }: AwaitOptions,
): Promise<void> {
  for (;;) {
    const container = await findServiceContainer(engine, project, service, signal);
    const outcome = outcomeOf(container, condition);
    if (outcome === 'failed') throw await serviceFailure(engine, service, container, signal);
    if (outcome !== undefined) {
      report({ type: 'service', service, state: outcome, cause: '' });
      return;
    }
    await clock.sleep(pollMs, signal);
  }
}
