import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { findSupervisor } from '../running/supervisor.ts';
import { findPresentRunner, type PresentRunner } from './move-runner.ts';
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
