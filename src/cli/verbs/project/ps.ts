import { listServices, type RunningService } from '../../../release/running/project-services.ts';
import { listSupervisedServices } from '../../../release/running/supervised-apps.ts';
import type { ProjectDependencies } from '../dependencies.ts';
import { findProjectName } from './project-name.ts';
import type { RunningRequest } from '../requests.ts';

export interface PsRequest extends RunningRequest {
  /** True: the services of every project. */
  readonly isAll: boolean;
}

export interface PsResult {
  /** null: of every project on the device. */
  readonly project: string | null;
  readonly services: readonly RunningService[];
}

/** Lists the services of a project on a device; of every project if the source directory contains none. */
export async function ps(dependencies: ProjectDependencies, request: PsRequest): Promise<PsResult> {
  const reached = await dependencies.reach(request.target);
  await using engine = reached.engine;
  const project = request.isAll ? undefined : await findProjectName(dependencies, request.project);
  const { signal } = dependencies;
  const others = await listSupervisedServices(engine, project, signal);
  const services = [
    ...(await listServices(engine, project, signal)),
    ...others.map(it => {
      const { appId: _appId, ...service } = it;
      return service;
    }),
  ];
  return { project: project ?? null, services };
}
