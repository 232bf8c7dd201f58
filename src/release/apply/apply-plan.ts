import { OsError } from '../../core/errors.ts';
import { together } from '../../core/together.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Plan, ResourceTask, ServicePlan } from '../plan/plan.ts';
import { applyService, type ServiceEngine } from './apply-service.ts';
import { awaitCondition, type WaitingEngine } from './await-condition.ts';
import type { PushEvent, Report } from './events.ts';

export type ApplyEngine = ServiceEngine &
  WaitingEngine &
  Pick<Engine, 'createNetwork' | 'createVolume' | 'disconnectNetwork' | 'removeNetwork'>;

export interface ApplyDependencies {
  readonly engine: ApplyEngine;
  readonly report: Report<PushEvent>;
  readonly signal: AbortSignal;
  /** Limits the time that an orphan is given to stop. */
  readonly longestStopS?: number | undefined;
}

async function applyResource(step: ResourceTask, engine: ApplyEngine): Promise<void> {
  switch (step.action) {
    case 'create-network':
      return engine.createNetwork(step.body);
    case 'create-volume':
      await engine.createVolume(step.body);
      return;
    case 'remove-network':
      return engine.removeNetwork(step.id);
    case 'disconnect':
      return engine.disconnectNetwork(step.name, step.container);
  }
}

/** A dependency that is optional for a service fails with a warning only. */
function warnOfFailure(error: unknown, report: Report<PushEvent>): void {
  if (!(error instanceof OsError) || error.code !== 'service-failed') throw error;
  report({ type: 'warning', message: error.message });
}

/** Adds the name of the network or volume to a refusal of the engine, and a hint if the network has fixed addresses. */
function asResourceFailure(step: ResourceTask, error: unknown): unknown {
  if (!(error instanceof OsError) || error.code !== 'engine-refused') return error;
  const hasAddresses = 'body' in step && step.body['IPAM'] !== undefined;
  return new OsError(
    'service-failed',
    `cannot ${step.action.replace('-', ' ')} ${step.name}: ${error.message}`,
    {
      ...(hasAddresses ? { hint: 'choose a subnet that no other network of the device has' } : {}),
      cause: error,
    },
  );
}

/**
 * Executes `plan`: removes orphans first, as they may occupy ports, then applies networks and volumes, then each
 * service after its dependencies. After the first failure no step is started; running ones are completed. Throws
 * OsError `service-failed`.
 */
export async function applyPlan(
  plan: Plan,
  { engine, report, signal, longestStopS }: ApplyDependencies,
): Promise<void> {
  for (const { id } of plan.orphans.filter(({ isRemoved }) => isRemoved)) {
    signal.throwIfAborted();
    await engine.stopContainer(id, { graceS: longestStopS });
    await engine.removeContainer(id);
  }
  for (const step of plan.resources) {
    signal.throwIfAborted();
    await applyResource(step, engine).catch((error: unknown) => {
      throw asResourceFailure(step, error);
    });
  }
  const ended = new Map<string, Promise<void>>();
  const applyOne = async (service: ServicePlan, innerSignal: AbortSignal): Promise<void> => {
    for (const wait of service.after) {
      await ended.get(wait.service);
      innerSignal.throwIfAborted();
      if (wait.condition === 'service_started') continue;
      const waiting = awaitCondition(engine, plan.project, wait, { report, signal: innerSignal });
      await (service.optionalDependencies.includes(wait.service)
        ? waiting.catch((error: unknown) => warnOfFailure(error, report))
        : waiting);
    }
    innerSignal.throwIfAborted();
    const event = { type: 'service' as const, service: service.service, cause: service.cause };
    report({ ...event, state: 'starting' });
    await applyService(service, engine, {
      onRestored: () => report({ ...event, state: 'restored' }),
      onWarning: message => report({ type: 'warning', message }),
    });
    report({ ...event, state: 'started' });
  };
  await together(
    signal,
    plan.services.map(service => innerSignal => {
      const work = applyOne(service, innerSignal);
      ended.set(service.service, work);
      return work;
    }),
  );
}
