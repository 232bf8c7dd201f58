import type { Engine } from '../engine/engine.ts';
import { composeLabels } from './labels.ts';
import { inOrder, listServices, selectRunning, type RunningService } from './project-services.ts';

export type Action = 'start' | 'stop' | 'restart';

export interface ControlRequest {
  readonly project: string;
  /** Empty for all. */
  readonly services: readonly string[];
  /** How long a service may take to stop before it is killed; undefined: as its container says. */
  readonly graceS?: number | undefined;
  readonly signal: AbortSignal;
}

/** Starts, stops or restarts services, those that others depend on first (last when stopping). */
export async function controlServices(
  engine: Engine,
  action: Action,
  { project, services, graceS, signal }: ControlRequest,
): Promise<readonly RunningService[]> {
  const there = await listServices(engine, project, signal);
  const selected = inOrder(selectRunning(there, services, project));
  for (const { id, state } of action === 'stop' ? selected.reverse() : selected) {
    signal.throwIfAborted();
    if (action === 'start')
      await (state === 'paused' ? engine.unpauseContainer(id, signal) : engine.startContainer(id, signal));
    if (action === 'stop') await engine.stopContainer(id, { graceS, signal });
    if (action === 'restart') await engine.restartContainer(id, { graceS, signal });
  }
  return selected;
}

export interface Removed {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

/** Removes a project's containers and networks; its volumes, with the data in them, only when `removesVolumes`. */
export async function takeDown(
  engine: Engine,
  { project, graceS, signal, removesVolumes }: ControlRequest & { removesVolumes: boolean },
): Promise<Removed> {
  const labels = { [composeLabels.project]: project };
  const containers = inOrder(await listServices(engine, project, signal)).reverse();
  for (const { id } of containers) {
    signal.throwIfAborted();
    await engine.stopContainer(id, { graceS, signal });
    await engine.removeContainer(id, { volumes: removesVolumes, signal });
  }
  const networks = await engine.listNetworks(labels, signal);
  for (const { id } of networks) await engine.removeNetwork(id);
  const volumes = removesVolumes ? await engine.listVolumes(labels, signal) : [];
  for (const { name } of volumes) await engine.removeVolume(name);
  return {
    containers: containers.map(({ container }) => container),
    networks: networks.map(({ name }) => name),
    volumes: volumes.map(({ name }) => name),
  };
}
