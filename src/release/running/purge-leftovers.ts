/** Removes what a project had under one runner, the engine or the supervisor, before it was moved to the other. */
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { LockingEngine } from '../lease/holder.ts';
import { openProjectLock } from '../lease/project-lock.ts';
import { composeLabels } from '../desired/labels.ts';
import type { Purged, PurgePlan } from './purge.ts';
import { otherRunner, runnerOf, type Runner } from './supervisor.ts';
import { findUnusedVolumes, type ProjectIdentity } from './unused-volumes.ts';

/** Returns the volumes that a move to `runner` has left: those of the other one. */
export const findLeftovers = (
  engine: Pick<Engine, 'listContainers' | 'listVolumes'>,
  identity: ProjectIdentity,
  runner: Runner,
  signal: AbortSignal,
): Promise<string[]> => findUnusedVolumes(engine, identity, [otherRunner(runner)], signal);

/** For the command that leaves them; undefined without any. */
export const describeLeftovers = (
  names: readonly string[],
  { project }: Pick<ProjectIdentity, 'project'>,
  runner: Runner,
  device: string,
): string | undefined =>
  names.length === 0
    ? undefined
    : `its data of before stays, for a move back to the ${otherRunner(runner)}: ${names.join(', ')}; \`os purge ${device} --project ${project} --leftovers\` removes it`;

/** Plans it. Nothing is changed. Throws OsError `usage` where the project has no containers. */
export async function planLeftoversPurge(
  engine: Pick<Engine, 'listContainers' | 'listVolumes'>,
  identity: ProjectIdentity,
  signal: AbortSignal,
): Promise<PurgePlan> {
  const { project } = identity;
  const runner = runnerOf(await engine.listContainers({ [composeLabels.project]: project }, signal));
  if (runner === undefined)
    throw new OsError(
      'usage',
      `${project} has no containers on the device: what a move left cannot be told from its data`,
      { hint: `remove all of its data: os down DEVICE --project ${project} --volumes` },
    );
  const volumes = await findLeftovers(engine, identity, runner, signal);
  return { project, volumes, containers: [], inUse: [] };
}

/**
 * Carries out a plan, as far as its volumes are still leftovers. Throws OsError `busy` while a push to the project is running, and
 * `usage` where it has no containers by now.
 */
export async function applyLeftoversPurge(
  engine: LockingEngine & Pick<Engine, 'listContainers' | 'listVolumes' | 'removeVolume'>,
  identity: ProjectIdentity,
  plan: PurgePlan,
  ending: AbortSignal,
): Promise<Omit<Purged, 'elsewhere'>> {
  await using lock = await openProjectLock(engine, plan.project, { signal: ending });
  const signal = AbortSignal.any([ending, lock.lost]);
  const present = await planLeftoversPurge(engine, identity, signal);
  const volumes = plan.volumes.filter(name => present.volumes.includes(name));
  for (const name of volumes) {
    signal.throwIfAborted();
    await engine.removeVolume(name);
  }
  return { ...plan, volumes, containers: [], inUse: plan.volumes.filter(name => !volumes.includes(name)) };
}
