import { OsError, type ErrorCode } from '../../core/errors.ts';
import type { Supervisor } from '../../supervisor/client/supervisor.ts';
import type { CurrentTarget } from '../../supervisor/target/target-state.ts';
import type { TargetChange } from '../../supervisor/target/write-target.ts';

const overrideKey = 'SUPERVISOR_OVERRIDE_LOCK';
/** Time limit for putting the setting back, also after Ctrl-C. */
const restoreMs = 10_000;

const refusals: readonly ErrorCode[] = ['usage', 'supervisor-refused', 'auth-refused', 'busy'];

export interface PostOptions {
  /** True: services are replaced although they hold an update lock. */
  readonly overridesLocks: boolean;
  readonly onWarning: (message: string) => void;
  /** Called once the supervisor has accepted the target, or may have: its answer was lost. */
  readonly onPosted?: (() => void) | undefined;
  readonly signal: AbortSignal;
}

/**
 * Posts the target that `change` returns, then awaits `settle`. Locks are overridden by a setting of the device, since
 * `force` does nothing while an apply waits for a lock (17.5 and later); it is put back however `settle` ends.
 */
export async function postTarget(
  supervisor: Pick<Supervisor, 'changeTarget'>,
  change: (current: CurrentTarget) => Omit<TargetChange, 'isForced' | 'config'>,
  { overridesLocks, onWarning, onPosted, signal }: PostOptions,
  settle: () => Promise<void>,
): Promise<void> {
  let before: string | undefined;
  let isSent = false;
  try {
    await supervisor
      .changeTarget(current => {
        isSent = true;
        if (!overridesLocks) return { ...change(current), isForced: false };
        before = current.config[overrideKey] ?? 'false';
        return { ...change(current), isForced: true, config: { [overrideKey]: 'true' } };
      }, signal)
      .catch((error: unknown) => {
        // After a lost connection it may have been accepted; a refusal has changed nothing.
        if (error instanceof OsError && refusals.includes(error.code)) before = undefined;
        else if (isSent) onPosted?.();
        throw error;
      });
    onPosted?.();
    await settle();
  } finally {
    if (before !== undefined && before !== 'true')
      await restore(supervisor, change, before).catch((error: unknown) => {
        if (!(error instanceof OsError)) throw error;
        onWarning(`the device goes on overriding update locks (${overrideKey}): ${error.message}`);
      });
  }
}

const restore = (
  supervisor: Pick<Supervisor, 'changeTarget'>,
  change: (current: CurrentTarget) => Omit<TargetChange, 'isForced' | 'config'>,
  value: string,
): Promise<void> =>
  supervisor.changeTarget(
    current => ({ ...change(current), isForced: false, config: { [overrideKey]: value } }),
    AbortSignal.timeout(restoreMs),
  );
