import { OsError, type ErrorCode } from '../../core/errors.ts';
import type { Supervisor } from '../../supervisor/client/supervisor.ts';
import type { CurrentTarget } from '../../supervisor/target/target-state.ts';
import type { TargetChange } from '../../supervisor/target/write-target.ts';
import { describePutBack, overrideKey, type OverrideRecord } from './override-record.ts';

/** Time limit for putting the setting back, also after Ctrl-C. */
const restoreMs = 10_000;

const refusals: readonly ErrorCode[] = ['usage', 'supervisor-refused', 'auth-refused', 'busy'];

export interface PostPlace {
  readonly supervisor: Pick<Supervisor, 'changeTarget' | 'readTarget'>;
  readonly record: OverrideRecord;
}

type Change = (current: CurrentTarget) => Omit<TargetChange, 'isForced' | 'config'>;

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
 * `force` does nothing while an apply waits for a lock (17.5 and later); it is put back however `settle` ends, or by the next target
 * where this process is killed.
 */
export async function postTarget(
  { supervisor, record }: PostPlace,
  change: Change,
  { overridesLocks, onWarning, onPosted, signal }: PostOptions,
  settle: () => Promise<void>,
): Promise<void> {
  const left = await record.find(signal);
  const valueNow = ({ config }: Pick<CurrentTarget, 'config'>): string => config[overrideKey] ?? 'false';
  let before: string | undefined;
  if (overridesLocks) {
    before = left ?? valueNow(await supervisor.readTarget(signal));
    if (before !== 'true') await record.keep(before).catch(ignoreFullDisk);
  }
  let isSent = false;
  let isPutBack = false;
  try {
    await supervisor
      .changeTarget(current => {
        isSent = true;
        if (overridesLocks) return { ...change(current), isForced: true, config: { [overrideKey]: 'true' } };
        isPutBack = left !== undefined && valueNow(current) === 'true';
        const config = isPutBack && left !== undefined ? { config: { [overrideKey]: left } } : {};
        return { ...change(current), isForced: false, ...config };
      }, signal)
      .catch(async (error: unknown) => {
        // After a lost connection it may have been accepted; a refusal has changed nothing.
        if (error instanceof OsError && refusals.includes(error.code)) {
          before = undefined;
          if (overridesLocks && left === undefined) await record.remove().catch(ignoreFailure);
        } else if (isSent) onPosted?.();
        throw error;
      });
    onPosted?.();
    if (!overridesLocks && left !== undefined) {
      await record.remove();
      if (isPutBack as boolean) onWarning(describePutBack(left));
    }
    await settle();
  } finally {
    if (before !== undefined && before !== 'true')
      await restore({ supervisor, record }, change, before).catch((error: unknown) => {
        if (!(error instanceof OsError)) throw error;
        onWarning(
          `the device goes on overriding update locks (${overrideKey}): ${error.message}; the next push or os down through the supervisor puts it back`,
        );
      });
  }
}

/** `os down` is what gives a device without any space its space back. */
function ignoreFullDisk(error: unknown): void {
  if (!(error instanceof OsError) || error.code !== 'no-space') throw error;
}

/** A record that stays is read again by the next command. */
function ignoreFailure(error: unknown): void {
  if (!(error instanceof OsError)) throw error;
}

async function restore({ supervisor, record }: PostPlace, change: Change, value: string): Promise<void> {
  await supervisor.changeTarget(
    current => ({ ...change(current), isForced: false, config: { [overrideKey]: value } }),
    AbortSignal.timeout(restoreMs),
  );
  await record.remove();
}
