/** Carries out the steps of one service: each is one call to the engine, and nothing is decided here. */
import type { Mutable } from '../../core/mutable.ts';
import { messageOf, OsError, type ErrorCode } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { newContainer, type ContainerTask, type ServicePlan } from '../plan/plan.ts';
import { findPortHolder } from './port-holder.ts';

export type ServiceEngine = Pick<
  Engine,
  | 'connectNetwork'
  | 'createContainer'
  | 'getContainer'
  | 'listContainers'
  | 'putFiles'
  | 'removeContainer'
  | 'renameContainer'
  | 'restartContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'unpauseContainer'
>;

type Progress = Mutable<{
  /** The container that was created. */
  readonly id?: string;
  /** The last of these steps may have failed. */
  readonly started: ContainerTask[];
}>;

/** Ends of a push that say nothing of the service. */
const ends: ReadonlySet<string> = new Set([
  'connection-lost',
  'interrupted',
  'terminated',
  'output-closed',
] satisfies ErrorCode[]);

const isRefusal = (error: unknown): error is OsError => error instanceof OsError && !ends.has(error.code);

/** Calls `onSkipped` with an optional step that the engine refuses. */
async function applySteps(
  steps: readonly ContainerTask[],
  engine: ServiceEngine,
  progress: Progress,
  onSkipped: (name: string, cause: OsError) => void,
): Promise<void> {
  const idOf = (id: string): string => {
    if (id !== newContainer) return id;
    if (progress.id === undefined) throw new Error('the plan uses a container before it is created');
    return progress.id;
  };
  for (const step of steps) {
    progress.started.push(step);
    switch (step.action) {
      case 'rename':
        await engine.renameContainer(idOf(step.id), step.to);
        break;
      case 'create': {
        const { name, body, optionalSources } = step;
        progress.id = await engine.createContainer(name, body, { optionalSources });
        break;
      }
      case 'connect':
        await engine.connectNetwork(step.network, idOf(newContainer), step.endpoint);
        break;
      case 'put-files':
        await engine.putFiles(idOf(newContainer), step.files);
        break;
      case 'stop':
        await engine.stopContainer(idOf(step.id), { graceS: step.graceS });
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
        await engine.removeContainer(idOf(step.id)).catch((error: unknown) => {
          if (step.isOptional !== true || !isRefusal(error)) throw error;
          onSkipped(step.name, error);
        });
        break;
    }
  }
}

/** Returns the undo steps of the steps before the failed one: only changes that were made are reverted. */
function undoOf({ steps, undo }: ServicePlan, { id, started }: Progress): readonly ContainerTask[] {
  const failed = started.at(-1);
  return undo.filter(step => {
    if (step.action === 'start') return started.some(it => it.action === 'stop');
    if (step.action !== 'rename') return id !== undefined;
    const former = steps.find(it => it.action === 'rename' && it.id === step.id);
    return former === undefined || (started.includes(former) && former !== failed);
  });
}

export interface ServiceListener {
  /** Called when the old container runs again. */
  readonly onRestored: () => void;
  readonly onWarning: (message: string) => void;
}

/**
 * When a step fails that the service cannot run without, the steps before it are undone as far as possible, and OsError
 * `service-failed` (or `no-space`) is thrown with the engine's message; a lost connection stays one.
 */
export async function applyService(
  plan: ServicePlan,
  engine: ServiceEngine,
  { onRestored, onWarning }: ServiceListener,
): Promise<void> {
  const progress: Progress = { started: [] };
  try {
    await applySteps(plan.steps, engine, progress, (name, { message }) => {
      onWarning(
        `${plan.service}: the container ${name}, which is no longer used, cannot be removed: ${message}; the next push tries again`,
      );
    });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const undo = undoOf(plan, progress);
    const failures = await undoSteps(undo, engine, progress);
    if (undo.some(step => step.action === 'start' && !failures.has(step))) onRestored();
    const hasNoSpace = error.code === 'no-space';
    const holder = hasNoSpace ? error.hint : await findHolder(engine, plan);
    const hint = [...(holder === undefined ? [] : [holder]), ...describeFailures(failures)].join('; ');
    throw new OsError(
      hasNoSpace ? 'no-space' : 'service-failed',
      hasNoSpace ? error.message : `${plan.service} does not start: ${error.message}`,
      { ...(hint === '' ? {} : { hint }), cause: error },
    );
  }
}

/** Tries every step, as the old container has to start whatever else fails. Returns the failures. */
async function undoSteps(
  steps: readonly ContainerTask[],
  engine: ServiceEngine,
  progress: Progress,
): Promise<ReadonlyMap<ContainerTask, unknown>> {
  const failures = new Map<ContainerTask, unknown>();
  for (const step of steps)
    try {
      await applySteps([step], engine, progress, () => undefined);
    } catch (error) {
      failures.set(step, error);
    }
  return failures;
}

function describeFailures(failures: ReadonlyMap<ContainerTask, unknown>): readonly string[] {
  if (failures.size === 0) return [];
  const texts = [...failures].map(([step, error]) => {
    const name = step.action === 'rename' ? `${step.from} to ${step.to}` : step.name;
    return `cannot ${step.action} ${name}: ${messageOf(error)}`;
  });
  return [`the old container is not restored as it was: ${texts.join(', ')}`];
}

/** Calls `findPortHolder`; if that fails, returns undefined, so that the reason why the service does not start is told. */
async function findHolder(engine: ServiceEngine, plan: ServicePlan): Promise<string | undefined> {
  try {
    return await findPortHolder(engine, plan);
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    return undefined;
  }
}
