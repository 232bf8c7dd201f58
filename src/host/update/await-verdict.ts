/**
 * Waits for the outcome of an update. The verdict comes from the version, the root and the marks that a device has after its boot, read
 * back, and never from an exit status; and there is none while its health check has not decided.
 */
import type { Clock } from '../../core/clock.ts';
import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
import type { HostAccess } from '../host-access.ts';
import type { TrialEvent } from './update-events.ts';
import { readTrialJournal, readUpdateStatus, type UpdateStatus } from './update-status.ts';

export interface VerdictWait {
  /** The device's status before the update. */
  readonly before: UpdateStatus;
  /** The version of the update. */
  readonly version: string;
  readonly timeoutMs: number;
  readonly reopen: (signal: AbortSignal) => Promise<HostAccess>;
  readonly report: (event: TrialEvent) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Verdict {
  readonly isKept: boolean;
  readonly status: UpdateStatus;
  /** The last thing that the device's health check or fallback said. */
  readonly journal: string | null;
}

const attemptMs = 8000;
const pauseMs = 1000;

/** Reads the device's status; undefined if it is not reached. */
async function look({
  reopen,
  signal,
}: VerdictWait): Promise<
  { readonly status: UpdateStatus; readonly journal: string | undefined } | undefined
> {
  using deadline = openDeadline(signal, attemptMs);
  try {
    await using access = await reopen(deadline.signal);
    const status = await readUpdateStatus(access.commands, deadline.signal);
    return { status, journal: await readTrialJournal(access.commands, deadline.signal) };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof OsError) && !deadline.signal.aborted) throw error;
    if (error instanceof OsError && error.code === 'host-key-changed') throw error;
    return undefined;
  }
}

/** Waits for the boot and for the health check. Throws OsError `connection-lost` when the time is over. */
export async function awaitVerdict(wait: VerdictWait): Promise<Verdict> {
  const { before, version, timeoutMs, report, clock, signal } = wait;
  const untilMs = clock.nowMs() + timeoutMs;
  let bootId = before.bootId;
  let journal: string | undefined;
  let isTrial = false;
  while (clock.nowMs() < untilMs) {
    const now = await look(wait);
    if (now !== undefined && now.status.bootId !== before.bootId) {
      const { status } = now;
      if (status.bootId !== bootId)
        report({ type: 'update-booted', version: status.version, root: status.root });
      bootId = status.bootId;
      if (now.journal !== undefined && now.journal !== journal)
        report({ type: 'update-health', line: now.journal });
      journal = now.journal ?? journal;
      isTrial = status.isOnTrial;
      if (!isTrial) {
        const isKept = status.version === version && (status.root === null || status.root !== before.root);
        return { isKept, status, journal: journal ?? null };
      }
    }
    await clock.sleep(pauseMs, signal);
  }
  throw new OsError(
    'connection-lost',
    isTrial
      ? 'the health check of the device did not decide in time'
      : 'the device was not reached in time after the update',
    { hint: '`os update --status` prints how it went' },
  );
}
