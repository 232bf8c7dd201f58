import { OsError } from '../../core/errors.ts';
import type { Engine, LabelFilter } from '../../engine/engine.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import type { LockingEngine } from '../lease/holder.ts';
import { openProjectLock } from '../lease/project-lock.ts';
import { composeLabels, ourLabels } from '../desired/labels.ts';
import { runnerOf } from './supervisor.ts';

export interface PurgePlan {
  readonly project: string;
  /** Volumes that `os` made for the project, by name. */
  readonly volumes: readonly string[];
  /** Containers of the project that hold them, which go too: an engine removes no volume that a container has. */
  readonly containers: readonly { readonly id: string; readonly name: string }[];
  /** Volumes of the project that stay, as a container that is not of it, or that `os` did not make, uses them. */
  readonly inUse: readonly string[];
}

type PurgingEngine = LockingEngine &
  Pick<Engine, 'listContainers' | 'listVolumes' | 'removeContainer' | 'removeVolume' | 'stopContainer'>;

/** The labels of everything that `os` makes for a project. */
const labelsOf = (project: string): LabelFilter => ({
  [composeLabels.project]: project,
  [ourLabels.made]: '1',
});

const uses = (container: ContainerSummary, volume: string): boolean =>
  container.mounts.some(({ name }) => name === volume);

/**
 * Throws OsError `usage` where the supervisor runs the project: its volumes there bear no name of it, and those that do are the
 * copy that a move left.
 */
function checkRunner(project: string, containers: readonly ContainerSummary[]): void {
  const own = containers.filter(({ labels }) => labels[composeLabels.project] === project);
  if (runnerOf(own) === 'supervisor')
    throw new OsError(
      'usage',
      `${project} runs under the supervisor, and os purge wipes only what the engine runs`,
      {
        hint: `remove it with its data by \`os down DEVICE --project ${project} --volumes\`, and push it again with --runner supervisor`,
      },
    );
}

/** Plans a purge of `project`. Nothing is changed. Throws OsError `usage` where the supervisor runs the project. */
export async function planPurge(
  engine: PurgingEngine,
  project: string,
  signal: AbortSignal,
): Promise<PurgePlan> {
  const [volumes, containers] = await Promise.all([
    engine.listVolumes(labelsOf(project), signal),
    engine.listContainers({}, signal),
  ]);
  checkRunner(project, containers);
  const isOurs = (it: ContainerSummary): boolean =>
    it.labels[composeLabels.project] === project && it.labels[ourLabels.made] === '1';
  const names = volumes.map(({ name }) => name).sort();
  const isForeign = (name: string): boolean => containers.some(it => !isOurs(it) && uses(it, name));
  const purged = names.filter(name => !isForeign(name));
  const holding = containers.filter(it => isOurs(it) && purged.some(name => uses(it, name)));
  return {
    project,
    volumes: purged,
    containers: holding.map(({ id, name }) => ({ id, name })),
    inUse: names.filter(isForeign),
  };
}

export interface Purged {
  readonly project: string;
  readonly volumes: readonly string[];
  readonly containers: readonly string[];
  readonly inUse: readonly string[];
  /** Volumes that the project had under the supervisor, which stay with their data. */
  readonly elsewhere: readonly string[];
}

/**
 * Carries out a plan: exactly the containers and volumes in it, as far as they are still what they were when it was made.
 * `graceS` is how long a service may take to stop. Throws OsError `busy` while a push to the project is running, and `usage`
 * where the supervisor runs the project by now.
 */
export async function applyPurge(
  engine: PurgingEngine,
  plan: PurgePlan,
  { graceS, signal: ending }: { readonly graceS?: number | undefined; readonly signal: AbortSignal },
): Promise<Omit<Purged, 'elsewhere'>> {
  await using lock = await openProjectLock(engine, plan.project, { signal: ending });
  const signal = AbortSignal.any([ending, lock.lost]);
  checkRunner(plan.project, await engine.listContainers({}, signal));
  for (const { id } of plan.containers) {
    signal.throwIfAborted();
    await engine.stopContainer(id, { graceS, signal });
    await engine.removeContainer(id, { volumes: false, signal });
  }
  // A person may have thought for long: a volume that somebody else uses by now stays, and so does one that was recreated.
  const [there, containers] = await Promise.all([
    engine.listVolumes(labelsOf(plan.project), signal),
    engine.listContainers({}, signal),
  ]);
  const volumes = plan.volumes.filter(
    volume => there.some(({ name }) => name === volume) && !containers.some(it => uses(it, volume)),
  );
  for (const name of volumes) {
    signal.throwIfAborted();
    await engine.removeVolume(name);
  }
  return {
    project: plan.project,
    volumes,
    containers: plan.containers.map(({ name }) => name),
    inUse: [...plan.inUse, ...plan.volumes.filter(name => !volumes.includes(name))],
  };
}
