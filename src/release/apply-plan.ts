import { OsError } from '../core/errors.ts';
import { together } from '../core/together.ts';
import type { Engine } from '../engine/engine.ts';
import { applyLane } from './apply-lane.ts';
import { awaitCondition } from './await-condition.ts';
import type { DesiredRelease } from './desired.ts';
import type { PushEvent, Report } from './events.ts';
import type { ObservedRelease } from './observed.ts';
import type { Lane, Plan, SharedStep } from './plan.ts';

export interface ApplyDependencies {
  readonly engine: Engine;
  readonly report: Report<PushEvent>;
  readonly signal: AbortSignal;
  /** How long an old container may take to end, where it is given more. */
  readonly longestStopS?: number | undefined;
}

async function applyShared(step: SharedStep, desired: DesiredRelease, engine: Engine): Promise<void> {
  const named = (list: DesiredRelease['networks']): DesiredRelease['networks'][number]['body'] => {
    const found = list.find(({ name }) => name === step.name);
    if (found === undefined) throw new Error(`the plan names ${step.name}, the project does not`);
    return found.body;
  };
  switch (step.do) {
    case 'create-network':
      return engine.createNetwork(named(desired.networks));
    case 'create-volume':
      await engine.createVolume(named(desired.volumes));
      return;
    case 'remove-network':
      return engine.removeNetwork(step.id);
    case 'disconnect':
      return engine.disconnectNetwork(step.name, step.container);
  }
}

/** What the engine refuses names the network or volume, and where its addresses are taken, what to do. */
function asSharedFailure(step: SharedStep, desired: DesiredRelease, error: unknown): unknown {
  if (!(error instanceof OsError) || error.code !== 'engine-refused') return error;
  const hasAddresses = desired.networks.some(
    ({ name, body }) => name === step.name && body['IPAM'] !== undefined,
  );
  return new OsError('service-failed', `cannot ${step.do.replace('-', ' ')} ${step.name}: ${error.message}`, {
    ...(hasAddresses ? { hint: 'choose a subnet that no other network of the device has' } : {}),
    cause: error,
  });
}

function imageIdOf(desired: DesiredRelease['services'][number], observed: ObservedRelease): string {
  const { reference } = desired.image;
  const image = observed.images.get(reference);
  if (image !== undefined) return image.id;
  throw new OsError('service-failed', `${desired.service}: the device does not have the image ${reference}`, {
    hint: 'its pull_policy is never: load the image first',
  });
}

/**
 * Does what `plan` says: orphans go first, as they may hold ports, then what is shared, then each service after those it
 * waits for. The first failure keeps the rest from starting; what has begun is finished. Throws OsError `service-failed`.
 */
export async function applyPlan(
  plan: Plan,
  desired: DesiredRelease,
  observed: ObservedRelease,
  { engine, report, signal, longestStopS }: ApplyDependencies,
): Promise<void> {
  for (const { id } of plan.orphans.filter(({ isRemoved }) => isRemoved)) {
    signal.throwIfAborted();
    await engine.stopContainer(id, { graceS: longestStopS });
    await engine.removeContainer(id);
  }
  for (const step of plan.shared) {
    signal.throwIfAborted();
    await applyShared(step, desired, engine).catch((error: unknown) => {
      throw asSharedFailure(step, desired, error);
    });
  }
  const ended = new Map<string, Promise<void>>();
  const applyOne = async (lane: Lane, within: AbortSignal): Promise<void> => {
    const service = desired.services.find(it => it.service === lane.service);
    if (service === undefined) throw new Error(`the plan names ${lane.service}, the project does not`);
    for (const wait of lane.after) {
      await ended.get(wait.service);
      within.throwIfAborted();
      if (wait.condition !== 'service_started')
        await awaitCondition(engine, desired.project, wait, { report, signal: within });
    }
    within.throwIfAborted();
    const told = { type: 'service' as const, service: lane.service, cause: lane.cause };
    report({ ...told, state: 'starting' });
    const work = { engine, desired: service, imageId: imageIdOf(service, observed), longestStopS };
    await applyLane(lane, work, () => report({ ...told, state: 'restored' }));
    report({ ...told, state: 'started' });
  };
  await together(
    signal,
    plan.lanes.map(lane => within => {
      const work = applyOne(lane, within);
      ended.set(lane.service, work);
      return work;
    }),
  );
}
