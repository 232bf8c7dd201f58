import { controlServices, type Action } from '../../../release/running/control.ts';
import type { ProjectDependencies } from '../dependencies.ts';
import { readChangedProject } from './project-name.ts';
import type { RunningRequest } from '../requests.ts';

export interface ControlRequest extends RunningRequest {
  readonly action: Action;
  /** Names of services; empty for all of the project. */
  readonly services: readonly string[];
  /** Seconds a service may take to stop before it is killed; default: its container's own limit. */
  readonly graceS?: number | undefined;
}

export interface ControlResult {
  readonly project: string;
  readonly services: readonly string[];
}

/** Starts, stops or restarts services, dependencies first (last when stopping). */
export async function control(
  dependencies: ProjectDependencies,
  request: ControlRequest,
): Promise<ControlResult> {
  const { action, services, graceS } = request;
  const { signal } = dependencies;
  const reached = await dependencies.reach(request.target);
  await using engine = reached.engine;
  const project = await readChangedProject(dependencies, engine, request.project);
  const controlled = await controlServices(engine, action, { project, services, signal, graceS });
  return { project, services: controlled.map(({ service }) => service) };
}
