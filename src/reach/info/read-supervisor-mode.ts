import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
import { ports } from '../../net/ports.ts';
import { openTcp } from '../../net/tcp.ts';
import { openSupervisorHttp } from '../../supervisor/client/supervisor-http.ts';
import { openSupervisor, type Supervisor } from '../../supervisor/client/supervisor.ts';
import { localModeKey } from '../../supervisor/target/target-state.ts';
import {
  findMode,
  type ModeFinding,
  type SupervisorEvidence,
} from '../../supervisor/mode/supervisor-mode.ts';

export interface KnownOfDevice {
  readonly address: string;
  /** True if the supervisor answered a probe on its port. */
  readonly isAnswering: boolean;
  /** config.json names a cloud; undefined if it could not be read. */
  readonly isManaged: boolean | undefined;
  readonly container: SupervisorEvidence['container'];
}

/**
 * Returns the state of the supervisor's container, by the unit that starts it; undefined if the host's units are not
 * known.
 */
export function supervisorUnitOf(
  units: readonly { readonly name: string; readonly state: string }[] | null,
): SupervisorEvidence['container'] {
  if (units === null) return undefined;
  const unit = units.find(({ name }) => /^(?:balena|resin)-supervisor\b/.test(name));
  if (unit === undefined) return 'absent';
  if (unit.state === 'active') return 'running';
  return unit.state === 'activating' ? 'restarting' : 'stopped';
}

/**
 * Combines the states of the supervisor's unit and of its container: a unit that is active restarts a container that crashes.
 * Without SSH the engine alone tells.
 */
export function supervisorStateOf(
  unit: SupervisorEvidence['container'],
  container: SupervisorEvidence['container'],
): SupervisorEvidence['container'] {
  if (unit !== 'running') return unit ?? container;
  return container === undefined || container === 'running' ? 'running' : 'restarting';
}

/** Determines who runs the services of a device, from its supervisor's own answers and the known facts. */
export async function readSupervisorMode(known: KnownOfDevice, signal: AbortSignal): Promise<ModeFinding> {
  const { isManaged, container } = known;
  if (!known.isAnswering) return findMode({ port: 'filtered', isManaged, container });
  const http = openSupervisorHttp(innerSignal => openTcp(known.address, ports.supervisor, innerSignal));
  return await readModeOf(openSupervisor(http), { isManaged, container }, signal);
}

/** The same of a supervisor that answers. */
export async function readModeOf(
  supervisor: Supervisor,
  { isManaged, container }: Pick<KnownOfDevice, 'isManaged' | 'container'>,
  signal: AbortSignal,
): Promise<ModeFinding> {
  const [infoStatus, localMode] = await Promise.all([
    unlessBroken(within => deviceInfoStatus(supervisor, within), signal),
    unlessBroken(within => readLocalMode(supervisor, within), signal),
  ]);
  return findMode({
    port: 'answers',
    deviceInfoStatus: infoStatus,
    localMode,
    isManaged,
    container,
  });
}

/** Time limit for a supervisor's answer: one that hangs does not hold up anybody for long. */
const patienceMs = 3000;

/** undefined where it does not answer in time, or nothing that makes sense. */
async function unlessBroken<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  using deadline = openDeadline(signal, patienceMs);
  try {
    return await ask(deadline.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!deadline.signal.aborted && !(error instanceof OsError)) throw error;
    return undefined;
  }
}

/** 401 where it asks for a key. */
async function deviceInfoStatus(supervisor: Supervisor, signal: AbortSignal): Promise<number> {
  try {
    await supervisor.readDeviceInfo(signal);
    return 200;
  } catch (error) {
    if (error instanceof OsError && error.code === 'auth-refused') return 401;
    throw error;
  }
}

async function readLocalMode(supervisor: Supervisor, signal: AbortSignal): Promise<boolean | undefined> {
  const mode = (await supervisor.readTarget(signal)).config[localModeKey];
  return mode === undefined ? undefined : mode === 'true';
}
