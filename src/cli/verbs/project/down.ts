import { OsError } from '../../../core/errors.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { ReachedEngine } from '../../../reach/engine/reached-engine.ts';
import { openProjectLock, type ProjectLock } from '../../../release/lease/project-lock.ts';
import { takeDown, type Removed } from '../../../release/running/control.ts';
import { removeUnstarted } from '../../../release/running/remove-unstarted.ts';
import { findUnusedVolumes } from '../../../release/running/unused-volumes.ts';
import { refuseForce, refuseGrace } from '../../../release/supervised/choose-runner.ts';
import { discardCopies } from '../../../release/move/copy-marks.ts';
import { putBackWithoutProject } from '../../../release/move/former-app.ts';
import { findRunner } from '../../../release/supervised/find-runner.ts';
import { appIdOf, type SupervisorAccess } from '../../../release/supervised/supervisor-access.ts';
import { stableId } from '../../../supervisor/target/stable-id.ts';
import { takeDownSupervised } from '../../../release/supervised/take-down.ts';
import type { ProjectDependencies } from '../dependencies.ts';
import { readChangedProject } from './project-name.ts';
import type { RunningRequest } from '../requests.ts';

export interface DownRequest extends RunningRequest {
  /** True: the project's volumes and the data in them go too. */
  readonly removesVolumes: boolean;
  readonly graceS?: number | undefined;
  /** True: a supervisor removes services although they hold an update lock. */
  readonly overridesLocks: boolean;
}

export interface DownDependencies extends ProjectDependencies {
  readonly openSupervisorAccess: (reached: ReachedEngine) => SupervisorAccess;
}

export type DownResult = Removed & { readonly project: string };

/**
 * Takes the lock that a push to the project has. An engine without any space cannot create one, and gets its space back by what
 * follows: then there is no push that could get far.
 */
async function openLock(
  engine: Engine,
  project: string,
  signal: AbortSignal,
): Promise<ProjectLock | undefined> {
  try {
    return await openProjectLock(engine, project, { signal });
  } catch (error) {
    if (error instanceof OsError && error.code === 'no-space') return undefined;
    throw error;
  }
}

/**
 * Stops and removes a project's containers and networks, and its volumes only if requested. Throws OsError `busy` during a push to
 * the project.
 */
export async function down(dependencies: DownDependencies, request: DownRequest): Promise<DownResult> {
  const { graceS, overridesLocks, removesVolumes } = request;
  const reached = await dependencies.reach(request.target);
  await using engine = reached.engine;
  const project = await readChangedProject(dependencies, engine, request.project);
  await using lock = await openLock(engine, project, dependencies.signal);
  const signal = AbortSignal.any([dependencies.signal, ...(lock === undefined ? [] : [lock.lost])]);
  const identity = { project, appId: appIdOf({ stableId }, project) };
  const openAccess = (): SupervisorAccess => dependencies.openSupervisorAccess(reached);
  const { runner, isGiven } = await findRunner(engine, project, openAccess, signal);
  const discard = async (): Promise<void> => {
    if (lock === undefined) return;
    await discardCopies(engine, project, { runner, onWarning: dependencies.note, signal });
  };
  if (overridesLocks && runner !== 'supervisor') throw refuseForce(project);
  if (graceS !== undefined && runner === 'supervisor') throw refuseGrace(project, reached.name);
  if (isGiven) dependencies.note(`the supervisor was given ${project} to run, and is told to forget it`);
  await removeUnstarted(engine, project, signal);
  await discard();
  const removed =
    runner === 'supervisor'
      ? await takeDownSupervised(
          engine,
          {
            ...identity,
            removesVolumes,
            overridesLocks,
            signal,
            onWarning: dependencies.note,
            onLock: ({ message }) => {
              dependencies.note(message);
            },
          },
          openAccess(),
        )
      : await takeDown(engine, { project, signal, graceS, removesVolumes });
  // For a project under the supervisor, `takeDownSupervised` puts the override of update locks back.
  if (runner !== 'supervisor')
    await putBackWithoutProject(engine, openAccess, { onWarning: dependencies.note, signal });
  if (!removesVolumes) return { project, ...removed };
  // Those that no container had: of an earlier move, or kept by an earlier `down`.
  const unused = await findUnusedVolumes(engine, identity, ['engine', 'supervisor'], signal);
  for (const name of unused) {
    signal.throwIfAborted();
    await engine.removeVolume(name);
  }
  // The marks of what was just removed.
  await discard();
  return { project, ...removed, volumes: [...removed.volumes, ...unused] };
}
