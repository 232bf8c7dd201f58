import type { Clock } from '../core/clock.ts';
import { OsError, type ErrorCode } from '../core/errors.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import type { ReportTunnel } from './tunnel-events.ts';

/** Wait between two tries to reach a device that is lost. */
const retryMs = 1000;

/** Failures that waiting does not mend. */
const finalCodes: ReadonlySet<ErrorCode> = new Set([
  'host-key-changed',
  'interrupted',
  'terminated',
  'output-closed',
]);

export interface WatchDeviceOptions<Session> {
  /** Returns the session, a new one if it was lost. */
  readonly getSession: () => Promise<Session>;
  /** Called with each new session, and not waited for. */
  readonly onBack: (session: Session) => void;
  readonly report: ReportTunnel;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Waits for the device whenever it is lost, and says so. Throws the reason of `signal`, or an OsError that will not go away by
 * itself: another device shows up in its place.
 */
export async function watchDevice<Session extends { readonly closed: Promise<void> }>(
  first: Session,
  { getSession, onBack, report, clock, signal }: WatchDeviceOptions<Session>,
): Promise<never> {
  for (let session = first; ;) {
    await unlessAborted(session.closed, signal);
    report({ type: 'connection', state: 'lost' });
    for (let isBack = false; !isBack;) {
      try {
        session = await unlessAborted(getSession(), signal);
        isBack = true;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof OsError) || finalCodes.has(error.code)) throw error;
        await clock.sleep(retryMs, signal);
      }
    }
    report({ type: 'connection', state: 'restored' });
    onBack(session);
  }
}
