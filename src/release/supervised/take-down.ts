import type { Engine } from '../../engine/engine.ts';
import { composeLabels, ourLabels } from '../desired/labels.ts';
import { takeDown, type Removed } from '../running/control.ts';
import { isSupervised } from '../running/supervisor.ts';
import { removeFromTarget, type LockingAccess, type RemoveOptions } from './remove-from-target.ts';

export interface TakeDownSupervised extends RemoveOptions {
  readonly project: string;
  /** True: its volumes and the data in them go too. */
  readonly removesVolumes: boolean;
}

/**
 * Removes a project by a target without it: what only the engine removes, the supervisor makes again. Its volumes bear no
 * name of the project, so they are those that its containers mount.
 */
export async function takeDownSupervised(
  engine: Engine,
  { project, removesVolumes, ...options }: TakeDownSupervised,
  runner: LockingAccess,
): Promise<Removed> {
  const { signal } = options;
  const all = await engine.listContainers({ [composeLabels.project]: project }, signal);
  const containers = all.filter(it => it.labels[ourLabels.made] !== undefined && isSupervised(it));
  const ids = new Set(containers.flatMap(({ labels }) => labels['io.balena.app-id'] ?? []));
  const isOfApp = (name: string): boolean => [...ids].some(id => name.startsWith(`${id}_`));
  const names = (of: (it: (typeof containers)[number]) => readonly (string | null)[]): string[] => [
    ...new Set(containers.flatMap(of).filter(name => name !== null)),
  ];
  const networks = names(it => it.networks).filter(isOfApp);
  const mounted = names(it => it.mounts.map(({ name }) => name)).filter(isOfApp);
  const removal = { isPosted: false };
  const onPosted = (): void => {
    removal.isPosted = true;
    options.onPosted?.();
  };
  try {
    await removeFromTarget(engine, project, runner, { ...options, onPosted });
  } catch (error) {
    if (removal.isPosted && signal.aborted)
      options.onWarning(`the supervisor goes on removing ${project}; another push keeps it`);
    throw error;
  }
  // Those that the engine ran, which no target removes.
  const left = await takeDown(engine, { project, removesVolumes, signal });
  const others = await engine.listContainers({}, signal);
  const isUsed = (volume: string): boolean =>
    others.some(({ mounts }) => mounts.some(({ name }) => name === volume));
  const volumes = removesVolumes ? mounted.filter(name => !isUsed(name)) : [];
  for (const name of volumes) {
    signal.throwIfAborted();
    await engine.removeVolume(name);
  }
  return {
    containers: [...containers.map(({ name }) => name), ...left.containers],
    networks: [...networks, ...left.networks],
    volumes: [...volumes, ...left.volumes],
    foreign: left.foreign,
    inUse: [...(removesVolumes ? mounted.filter(isUsed) : []), ...left.inUse],
  };
}
