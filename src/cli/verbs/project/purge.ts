import { appIdOf } from '../../../release/supervised/supervisor-access.ts';
import { applyLeftoversPurge, planLeftoversPurge } from '../../../release/running/purge-leftovers.ts';
import { stableId } from '../../../supervisor/target/stable-id.ts';
import { applyPurge, planPurge, type Purged, type PurgePlan } from '../../../release/running/purge.ts';
import type { ProjectDependencies } from '../dependencies.ts';
import { readChangedProject } from './project-name.ts';
import type { RunningRequest } from '../requests.ts';
import { findUnusedVolumes } from '../../../release/running/unused-volumes.ts';

export interface PurgeRequest extends RunningRequest {
  readonly graceS?: number | undefined;
  /** True: only the volumes that a move between the engine and the supervisor left. */
  readonly onlyLeftovers: boolean;
}

export interface PurgeDependencies extends ProjectDependencies {
  /** Returns once somebody has agreed to what is removed; throws where nobody does. */
  readonly confirm: (plan: PurgePlan, device: string) => Promise<void>;
}

/** Removes the volumes of a project, and the containers that hold them, after somebody has agreed to their names. */
export async function purge(dependencies: PurgeDependencies, request: PurgeRequest): Promise<Purged> {
  const { signal, confirm } = dependencies;
  const reached = await dependencies.reach(request.target);
  await using engine = reached.engine;
  const project = await readChangedProject(dependencies, engine, request.project);
  const identity = { project, appId: appIdOf({ stableId }, project) };
  const plan = request.onlyLeftovers
    ? await planLeftoversPurge(engine, identity, signal)
    : await planPurge(engine, project, signal);
  const elsewhere = request.onlyLeftovers
    ? []
    : await findUnusedVolumes(engine, identity, ['supervisor'], signal);
  if (plan.volumes.length === 0) return { ...plan, containers: [], elsewhere };
  await confirm(plan, reached.name);
  const purged = request.onlyLeftovers
    ? await applyLeftoversPurge(engine, identity, plan, signal)
    : await applyPurge(engine, plan, { graceS: request.graceS, signal });
  return { ...purged, elsewhere };
}
