/** Does what a lane says, and decides nothing: each step is one call. */
import { OsError } from '../core/errors.ts';
import type { ContainerBody } from '../engine/container-body.ts';
import type { Engine } from '../engine/engine.ts';
import type { DesiredService } from './desired.ts';
import { composeLabels } from './labels.ts';
import { findPortHolder } from './port-holder.ts';
import { newContainer, type ContainerStep, type KeptVolume, type Lane } from './plan.ts';

export interface LaneWork {
  readonly engine: Engine;
  readonly desired: DesiredService;
  /** Of the image that the container is made from. */
  readonly imageId: string;
  readonly longestStopS: number | undefined;
}

/** What a service that says nothing is given by the engine. */
const usualStopS = 10;

function bodyOf({ desired, imageId }: LaneWork, keptVolumes: readonly KeptVolume[]): ContainerBody {
  const { body, configHash } = desired;
  const binds = (body.HostConfig['Binds'] ?? []) as string[];
  return {
    ...body,
    Labels: { ...body.Labels, [composeLabels.configHash]: configHash, [composeLabels.image]: imageId },
    HostConfig: {
      ...body.HostConfig,
      Binds: [...binds, ...keptVolumes.map(({ name, destination }) => `${name}:${destination}`)],
    },
  };
}

/** undefined: what the container was made with. */
const stopTimeOf = ({ desired, longestStopS }: LaneWork): number | undefined =>
  longestStopS && Math.min(longestStopS, (desired.body['StopTimeout'] as number | undefined) ?? usualStopS);

/** How far a lane has come. */
interface Progress {
  /** The container that was created. */
  id?: string;
  /** The last of them may have failed. */
  readonly begun: ContainerStep[];
}

async function applySteps(steps: readonly ContainerStep[], work: LaneWork, made: Progress): Promise<void> {
  const { engine, desired } = work;
  const idOf = (id: string): string => {
    if (id !== newContainer) return id;
    if (made.id === undefined) throw new Error('the plan uses a container before it is created');
    return made.id;
  };
  for (const step of steps) {
    made.begun.push(step);
    switch (step.do) {
      case 'rename':
        await engine.renameContainer(idOf(step.id), step.to);
        break;
      case 'create':
        made.id = await engine.createContainer(step.name, bodyOf(work, step.keptVolumes), {
          optionalSources: desired.optionalSources,
        });
        break;
      case 'connect':
        await engine.connectNetwork(step.network, idOf(newContainer), step.endpoint);
        break;
      case 'put-files':
        await engine.putFiles(idOf(newContainer), desired.files);
        break;
      case 'stop':
        await engine.stopContainer(idOf(step.id), { graceS: stopTimeOf(work) });
        break;
      case 'start':
        await engine.startContainer(idOf(step.id));
        break;
      case 'unpause':
        await engine.unpauseContainer(idOf(step.id));
        break;
      case 'restart':
        await engine.restartContainer(idOf(step.id));
        break;
      case 'remove':
        await engine.removeContainer(idOf(step.id));
        break;
    }
  }
}

/** The steps that put back what was changed before the last begun failed: nothing is put back that was not touched. */
function undoOf({ steps, undo }: Lane, { id, begun }: Progress): readonly ContainerStep[] {
  const failed = begun.at(-1);
  return undo.filter(step => {
    if (step.do === 'start') return begun.some(it => it.do === 'stop');
    if (step.do !== 'rename') return id !== undefined;
    const former = steps.find(it => it.do === 'rename' && it.id === step.id);
    return former === undefined || (begun.includes(former) && former !== failed);
  });
}

/**
 * Applies a lane. When a step fails, what ran before is put back and OsError `service-failed` thrown, with the engine's
 * own words; a lost connection stays one. `onRestored` is told when the old container is back.
 */
export async function applyLane(lane: Lane, work: LaneWork, onRestored: () => void): Promise<void> {
  const made: Progress = { begun: [] };
  try {
    await applySteps(lane.steps, work, made);
  } catch (error) {
    if (!(error instanceof OsError) || error.code === 'connection-lost') throw error;
    const undo = undoOf(lane, made);
    await applySteps(undo, work, made);
    if (undo.some(step => step.do === 'start')) onRestored();
    if (error.code === 'no-space') throw error;
    const hint = await findPortHolder(work.engine, work.desired);
    throw new OsError('service-failed', `${lane.service} does not start: ${error.message}`, {
      ...(hint === undefined ? {} : { hint }),
      cause: error,
    });
  }
}
