import { readFileSync, readlinkSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';

/** A process told apart from a later one with the same number. */
export interface ProcessIdentity {
  pid: number;
  /** The boot it was started in; null where nothing tells. */
  boot: string | null;
  /** Start time in clock ticks since boot (field 22 of /proc/PID/stat, proc(5)); null where there is no /proc. */
  startTicks: string | null;
}

function readStartTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid.toString()}/stat`, 'utf8');
    // The command name (field 2) may hold spaces and parentheses: count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended: only its parent has not asked yet.
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
 * Where process numbers mean the same processes: the kernel as it was booted, and the namespace in it. undefined where
 * nothing tells.
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

/** The identity of the running process `pid`. */
export function processIdentity(pid: number): ProcessIdentity {
  return { pid, boot: readBoot(), startTicks: readStartTicks(pid) };
}

/** Whether the very process recorded as `recorded` (parsed JSON, not trusted) still runs. */
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
  return startTicks === readStartTicks(pid);
}
