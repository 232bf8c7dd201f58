import { OsError } from '../../../core/errors.ts';
import type { Engine } from '../../../engine/engine.ts';
import { openSupervisorPort, type SupervisorPlace } from '../../../reach/engine/host-ports.ts';
import type { ReachedEngine } from '../../../reach/engine/reached-engine.ts';
import type { SupervisorAccess } from '../../../release/supervised/supervisor-access.ts';
import { findSupervisor } from '../../../release/running/supervisor.ts';
import { lockHolderOf } from '../../../supervisor/client/supervisor-failure.ts';
import { openSupervisorHttp } from '../../../supervisor/client/supervisor-http.ts';
import { openSupervisor } from '../../../supervisor/client/supervisor.ts';
import { isSupportedVersion, supportedVersions } from '../../../supervisor/client/supervisor-version.ts';
import { localModeKey, type CurrentTarget } from '../../../supervisor/target/target-state.ts';
import { checkLocalMode } from '../../../supervisor/target/write-target.ts';
import { stableId } from '../../../supervisor/target/stable-id.ts';
import { writeApp } from '../../../supervisor/target/write-app.ts';

/** The supervisor of a device whose engine was reached. Nothing is asked yet. */
export function openSupervisorAccess(reached: SupervisorPlace): SupervisorAccess {
  const http = openSupervisorHttp(openSupervisorPort(reached));
  return { supervisor: openSupervisor(http), writeApp, stableId, lockHolderOf };
}

/**
 * Returns its target. Throws OsError `supervisor-refused` where it takes no other in its mode, or nobody has seen its version take
 * one; or as requests do.
 */
export async function checkSupervisor(
  { supervisor }: SupervisorAccess,
  { name }: Pick<ReachedEngine, 'name'>,
  signal: AbortSignal,
): Promise<CurrentTarget> {
  const version = await supervisor.readVersion(signal);
  if (!isSupportedVersion(version))
    throw new OsError(
      'supervisor-refused',
      `the supervisor of ${name} is version ${version}; targets are sent to versions ${supportedVersions}`,
      { hint: 'use the engine: --runner engine' },
    );
  const target = await supervisor.readTarget(signal);
  checkLocalMode(target, { isRemoval: false });
  return target;
}

/**
 * True if the device runs a supervisor of a version that takes targets, in a mode in which it takes one from anybody, and
 * without an app of another tool that a project would replace.
 */
export async function canSupervise(
  engine: Pick<Engine, 'listContainers'>,
  { supervisor }: SupervisorAccess,
  signal: AbortSignal,
): Promise<boolean> {
  if (findSupervisor(await engine.listContainers({}, signal)) === undefined) return false;
  try {
    const { config, apps } = await supervisor.readTarget(signal);
    if (config[localModeKey] !== 'true' || apps.size > 0) return false;
    return isSupportedVersion(await supervisor.readVersion(signal));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof OsError) return false;
    throw error;
  }
}
