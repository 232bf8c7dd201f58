import { applyPurge, planPurge, type Purged, type PurgePlan } from '../../../release/running/purge.ts';
import type { ProjectDependencies } from '../dependencies.ts';
import { readChangedProject } from './project-name.ts';
import type { RunningRequest } from '../requests.ts';

export interface PurgeRequest extends RunningRequest {
  readonly graceS?: number | undefined;
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
  const plan = await planPurge(engine, project, signal);
  if (plan.volumes.length === 0) return { ...plan, containers: [] };
  await confirm(plan, reached.name);
  return await applyPurge(engine, plan, { graceS: request.graceS, signal });
}
