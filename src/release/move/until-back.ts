/** A supervisor that restarts, or has crashed, answers again soon: for work whose failure would leave a project stopped. */
import type { Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import type { Supervisor } from '../../supervisor/client/supervisor.ts';

/** A supervisor that has crashed is started again by its OS in this time. */
const awayMs = 30_000;
const retryMs = 1000;

/** Repeats `work`, which may be done twice, while the supervisor is out of reach, for half a minute. */
export async function untilBack<T>(work: () => Promise<T>, clock: Clock, signal: AbortSignal): Promise<T> {
  const deadlineMs = clock.nowMs() + awayMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isAway =
        error instanceof OsError && (error.code === 'device-unreachable' || error.code === 'connection-lost');
      if (!isAway || clock.nowMs() >= deadlineMs) throw error;
    }
    await clock.sleep(retryMs, signal);
  }
}

/** The supervisor, waited for where it is given a target. */
export const waitedFor = (supervisor: Supervisor, clock: Clock): Supervisor => ({
  ...supervisor,
  hasFailedUpdate: signal => untilBack(() => supervisor.hasFailedUpdate(signal), clock, signal),
  changeTarget: (change, signal) => untilBack(() => supervisor.changeTarget(change, signal), clock, signal),
});
