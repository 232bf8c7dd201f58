import { openDeadline } from '../../../core/deadline.ts';
import { OsError } from '../../../core/errors.ts';
import { readModeOf } from '../../../reach/info/read-supervisor-mode.ts';
import type { SupervisorAccess } from '../../../release/supervised/supervisor-access.ts';
import { findMode, type SupervisorMode } from '../../../supervisor/mode/supervisor-mode.ts';

/** A push does not wait for longer for what is only a note. */
const patienceMs = 2000;

/**
 * Returns the mode of a supervisor whose container runs, by its API on the network or over SSH; undefined if that cannot be
 * told in time.
 */
export async function readModeBeside(
  { supervisor }: Pick<SupervisorAccess, 'supervisor'>,
  signal: AbortSignal,
): Promise<SupervisorMode | undefined> {
  using deadline = openDeadline(signal, patienceMs);
  const known = { isManaged: undefined, container: 'running' } as const;
  try {
    await supervisor.ping(deadline.signal);
    return (await readModeOf(supervisor, known, deadline.signal)).mode;
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.signal.aborted) return undefined;
    if (!(error instanceof OsError)) throw error;
    if (error.code !== 'device-unreachable') return undefined;
    // The firewall that closes its port lets the device itself through.
    const isShutInside = error.cause instanceof OsError && error.cause.code === 'socket-missing';
    return isShutInside ? 'down' : findMode({ port: 'filtered', ...known }).mode;
  }
}
