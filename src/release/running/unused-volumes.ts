/**
 * Volumes of a project that no container uses: the data that it had where it was moved away from, or taken down. The engine's have
 * labels of the project. The supervisor's have no name of it: they are known by the id of its app, which is a digest of that name.
 */
import type { Engine } from '../../engine/engine.ts';
import { composeLabels, ourLabels } from '../desired/labels.ts';
import { isSupervised, type Runner } from './supervisor.ts';

export interface ProjectIdentity {
  readonly project: string;
  /** The id of its app under a supervisor. */
  readonly appId: number;
}

/** Returns the names of those volumes that the project had under `runners`. */
export async function findUnusedVolumes(
  engine: Pick<Engine, 'listContainers' | 'listVolumes'>,
  { project, appId }: ProjectIdentity,
  runners: readonly Runner[],
  signal: AbortSignal,
): Promise<string[]> {
  const [volumes, containers] = await Promise.all([
    engine.listVolumes({}, signal),
    engine.listContainers({}, signal),
  ]);
  const used = new Set(containers.flatMap(({ mounts }) => mounts.map(({ name }) => name)));
  const isOf: Record<Runner, (volume: (typeof volumes)[number]) => boolean> = {
    engine: ({ labels }) => labels[composeLabels.project] === project && labels[ourLabels.made] === '1',
    supervisor: volume => volume.name.startsWith(`${appId.toString()}_`) && isSupervised(volume),
  };
  return volumes
    .filter(volume => !used.has(volume.name) && runners.some(runner => isOf[runner](volume)))
    .map(({ name }) => name)
    .sort();
}
