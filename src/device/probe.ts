import { randomBytes } from 'node:crypto';
import { openDeadline } from '../core/deadline.ts';
import { exitCodes, OsError } from '../core/errors.ts';
import { formatDuration } from '../core/units.ts';
import { combineIdentity, type ProbedFacts } from './combine-identity.ts';
import { readEngine } from './engine-probe.ts';
import { hostFactsScript, parseHostFacts, type HostFacts, type HostFactsScope } from './host-facts.ts';
import type { DeviceIdentity } from './identity.ts';
import { readSupervisorContainer } from './supervisor-container.ts';
import { readSupervisor } from './supervisor-probe.ts';

/** Runs a shell script as root on a device's host OS and returns its output. */
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

/** Parts of a device to query, and their time limits. */
export interface ProbeOptions {
  /** Runs scripts on the host; null: the host is not queried. */
  readonly run: RunOnHost | null;
  readonly scope: HostFactsScope;
  /** Default: those that engines have. */
  readonly enginePorts?: readonly number[] | undefined;
  /** Time limit for each of engine, supervisor and host. */
  readonly timeoutMs: number;
}

/** Probed facts, and the reason why the host returned none. */
export type Probed = ProbedFacts & { readonly hostFailure: Error | null };

/**
 * Queries engine, supervisor and host at `address` in parallel. A part that is shut, hangs or returns garbage is not
 * known. Throws only the signal's reason; each part has its own deadline, so that a slow one does not hide the others.
 */
export async function probeFacts(
  address: string,
  options: ProbeOptions,
  signal: AbortSignal,
): Promise<Probed> {
  const { run, timeoutMs } = options;
  using deadline = openDeadline(signal, timeoutMs);
  const unlessLate = async <T>(answer: Promise<T | null>): Promise<T | null> => {
    try {
      return await answer;
    } catch (error) {
      signal.throwIfAborted();
      if (!deadline.signal.aborted) throw error;
      return null;
    }
  };
  const readHost = async (): Promise<{
    readonly host: HostFacts | null;
    readonly hostFailure: Error | null;
  }> => {
    if (run === null) return { host: null, hostFailure: null };
    try {
      return { host: await readHostFacts(run, options.scope, deadline.signal), hostFailure: null };
    } catch (error) {
      signal.throwIfAborted();
      const isLate = deadline.signal.aborted || !(error instanceof Error);
      return { host: null, hostFailure: isLate ? tooLate(address, timeoutMs) : error };
    }
  };
  const readEngineParts = async (): Promise<Pick<ProbedFacts, 'engine' | 'supervisorContainer'>> => {
    const engine = await unlessLate(readEngine(address, deadline.signal, options.enginePorts));
    if (engine === null) return { engine };
    const supervisorContainer = await readSupervisorContainer(address, engine.port, deadline.signal);
    return { engine, supervisorContainer };
  };
  const [{ engine, supervisorContainer }, supervisor, { host, hostFailure }] = await Promise.all([
    readEngineParts(),
    unlessLate(readSupervisor(address, deadline.signal)),
    readHost(),
  ]);
  // A server that refuses a key listens.
  const isRefused = hostFailure instanceof OsError && hostFailure.exitCode === exitCodes['auth-refused'];
  return {
    engine,
    supervisorContainer,
    supervisor,
    host,
    isSshOpen: host !== null || isRefused,
    hostFailure,
  };
}

/** Returns the identity of the device at `address`, as far as it answers within `timeoutMs`. */
export async function probeDevice(
  address: string,
  run: RunOnHost | null,
  signal: AbortSignal,
  timeoutMs = 2500,
): Promise<DeviceIdentity> {
  return combineIdentity(await probeFacts(address, { run, scope: 'identity', timeoutMs }, signal));
}
