import { readFileSync, readlinkSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';

/** Identity of a process, distinct from that of a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** The boot it was started in; null if the system does not report it. */
  readonly boot: string | null;
  /** Start time in clock ticks since boot (field 22 of /proc/PID/stat, proc(5)); null without a /proc. */
  readonly startTicks: string | null;
}

function readStartTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid.toString()}/stat`, 'utf8');
    // The command name (field 2) may hold spaces and parentheses: count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended: only its parent has not collected it yet.
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function readBoot(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

/**
 * Returns the space in which a process number means the same process: the kernel's boot, and the pid namespace.
 * undefined if the system does not report them.
 */
export function readProcessSpace(): string | undefined {
  const boot = readBoot();
  if (boot === null) return undefined;
  try {
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

/**
 * True if `recorded` (parsed JSON, not trusted) is of this boot and has the `space` of another pid namespace, as that of a
 * container is: nothing here tells whether the process still runs. False for one without a space.
 */
export function isInOtherSpace(recorded: unknown): boolean {
  if (typeof recorded !== 'object' || recorded === null || !('boot' in recorded) || !('space' in recorded))
    return false;
  const { boot, space } = recorded;
  return boot !== null && boot === readBoot() && typeof space === 'string' && space !== readProcessSpace();
}

/** The identity of the running process `pid`. */
export function processIdentity(pid: number): ProcessIdentity {
  return { pid, boot: readBoot(), startTicks: readStartTicks(pid) };
}

/** Signals the process `pid`, whose identity the caller has just checked; ignores one that has ended meanwhile. */
export function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

/** True if the very process recorded as `recorded` (parsed JSON, not trusted) still runs. */
export function isProcessAlive(recorded: unknown): recorded is ProcessIdentity {
  if (
    typeof recorded !== 'object' ||
    recorded === null ||
    !('pid' in recorded) ||
    !('boot' in recorded) ||
    !('startTicks' in recorded)
  )
    return false;
  const { pid, boot, startTicks } = recorded;
  if (boot !== readBoot() || typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errnoOf(error) !== 'EPERM') return false;
  }
  // With a /proc, only the start time counts: a number alone may be another process by now.
  if (boot !== null && typeof startTicks !== 'string') return false;
  return startTicks === readStartTicks(pid);
}
