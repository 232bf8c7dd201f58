import { randomBytes } from 'node:crypto';
import { openDeadline } from '../core/deadline.ts';
import { exitCodes, OsError } from '../core/errors.ts';
import { formatDuration } from '../core/units.ts';
import { combineIdentity, type ProbedFacts } from './combine-identity.ts';
import { readEngine } from './engine-probe.ts';
import { hostFactsScript, parseHostFacts, type HostFacts, type HostFactsScope } from './host-facts.ts';
import type { DeviceIdentity } from './identity.ts';
import { readSupervisor } from './supervisor-probe.ts';

/** Runs a shell script as root on a device's host OS and gives what it printed. */
export type RunOnHost = (script: string, signal: AbortSignal) => Promise<string>;

/** Reads the host's facts through `run`. Rejects as `run` does. */
export async function readHostFacts(
  run: RunOnHost,
  scope: HostFactsScope,
  signal: AbortSignal,
): Promise<HostFacts> {
  // The boundary is random, so that no file's content can pass for a section.
  const boundary = `section-${randomBytes(9).toString('hex')}`;
  return parseHostFacts(await run(hostFactsScript(boundary, scope), signal), boundary);
}

const tooLate = (address: string, timeoutMs: number): OsError =>
  new OsError('device-unreachable', `${address} does not answer over SSH in ${formatDuration(timeoutMs)}`);

/**
 * Knocks at every door of a device at once: engine, supervisor and, where `run` is given, the host over SSH. A door that
 * stays shut, hangs or talks nonsense is not known; only the signal's own abortion is thrown, and whoever sets a
 * deadline gets nothing of a slow device: give each door its own.
 */
export async function probeFacts(
  address: string,
  doors: { run: RunOnHost | null; scope: HostFactsScope; enginePorts?: readonly number[] },
  signal: AbortSignal,
  doorTimeoutMs: number,
): Promise<ProbedFacts & { hostFailure: Error | null }> {
  using deadline = openDeadline(signal, doorTimeoutMs);
  const orNull = async <T>(door: Promise<T | null>): Promise<T | null> => {
    try {
      return await door;
    } catch {
      signal.throwIfAborted();
      return null;
    }
  };
  const readHost = async (): Promise<{ host: HostFacts | null; hostFailure: Error | null }> => {
    if (doors.run === null) return { host: null, hostFailure: null };
    try {
      return { host: await readHostFacts(doors.run, doors.scope, deadline.signal), hostFailure: null };
    } catch (error) {
      signal.throwIfAborted();
      const isLate = deadline.signal.aborted || !(error instanceof Error);
      return { host: null, hostFailure: isLate ? tooLate(address, doorTimeoutMs) : error };
    }
  };
  const [engine, supervisor, { host, hostFailure }] = await Promise.all([
    orNull(readEngine(address, deadline.signal, doors.enginePorts)),
    orNull(readSupervisor(address, deadline.signal)),
    readHost(),
  ]);
  // Whoever refuses a key has a door to refuse it at.
  const isRefused = hostFailure instanceof OsError && hostFailure.exitCode === exitCodes['auth-refused'];
  return { engine, supervisor, host, isSshOpen: host !== null || isRefused, hostFailure };
}

/** Who the device at `address` is, as far as its doors tell within `doorTimeoutMs` each. */
export async function probeDevice(
  address: string,
  run: RunOnHost | null,
  signal: AbortSignal,
  doorTimeoutMs = 2500,
): Promise<DeviceIdentity> {
  return combineIdentity(await probeFacts(address, { run, scope: 'identity' }, signal, doorTimeoutMs));
}
