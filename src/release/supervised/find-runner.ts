import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { CurrentTarget } from '../../supervisor/target/target-state.ts';
import { composeLabels } from '../desired/labels.ts';
import { supervisedLabels } from '../running/supervised-apps.ts';
import { findSupervisor, isSupervised } from '../running/supervisor.ts';
import { findPresentRunner, type PresentRunner } from '../move/move-runner.ts';
import { appIdOf, type SupervisorAccess } from './supervisor-access.ts';

/** A supervisor that does not answer in this time is taken for one without the project. */
const patienceMs = 2000;

/**
 * True if a supervisor that runs on the device was given `project` to run. For a project without containers: a supervisor that cannot
 * make them yet tries again and again.
 */
async function isInTarget(
  engine: Pick<Engine, 'listContainers'>,
  project: string,
  openAccess: () => Pick<SupervisorAccess, 'stableId' | 'supervisor'>,
  signal: AbortSignal,
): Promise<boolean> {
  if (findSupervisor(await engine.listContainers({}, signal)) === undefined) return false;
  const access = openAccess();
  using deadline = openDeadline(signal, patienceMs);
  try {
    const { apps } = await access.supervisor.readTarget(deadline.signal);
    return apps.has(appIdOf(access, project).toString());
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof OsError || deadline.signal.aborted) return false;
    throw error;
  }
}

/** Names of a supervisor's containers end with the commit of the last target that they were part of. */
const commitIn = (name: string): string | undefined => /_\d+_\d+_([0-9a-f]{12})$/.exec(name)?.[1];

/**
 * True if what runs of `project` is not what `target` says: the supervisor was told to remove the project, or to run another release,
 * and has not applied that yet, as it waits for an update lock or fails.
 */
export async function differsFromTarget(
  engine: Pick<Engine, 'listContainers'>,
  project: string,
  { apps }: Pick<CurrentTarget, 'apps'>,
  signal: AbortSignal,
): Promise<boolean> {
  const containers = await engine.listContainers({ [composeLabels.project]: project }, signal);
  return containers.filter(isSupervised).some(({ name, labels }) => {
    const app = apps.get(labels[supervisedLabels.app] ?? '');
    if (app === undefined) return true;
    const commit = commitIn(name);
    return app.commit !== undefined && commit !== undefined && app.commit !== commit;
  });
}

/** The runner of a project, and whether that is a supervisor that was given it and has no container of it yet. */
export interface GivenRunner extends PresentRunner {
  readonly isGiven: boolean;
}

/** Finds the runner that keeps a project, or was given it. Throws as `listContainers` does; a silent supervisor counts as none. */
export async function findRunner(
  engine: Pick<Engine, 'listContainers'>,
  project: string,
  openAccess: () => Pick<SupervisorAccess, 'stableId' | 'supervisor'>,
  signal: AbortSignal,
): Promise<GivenRunner> {
  const present = await findPresentRunner(engine, project, signal);
  const isGiven = present.runner === undefined && (await isInTarget(engine, project, openAccess, signal));
  return { ...present, runner: isGiven ? 'supervisor' : present.runner, isGiven };
}
