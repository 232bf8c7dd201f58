import { OsError, type ErrorCode } from '../../core/errors.ts';
import type { Supervisor } from '../../supervisor/client/supervisor.ts';
import type { CurrentTarget } from '../../supervisor/target/target-state.ts';
import type { TargetChange } from '../../supervisor/target/write-target.ts';
import { isTimeout } from '../running/start-again.ts';
import { describePutBack, overrideKey, unlessFailed, type OverrideRecord } from './override-record.ts';

/** Time limit for putting the setting back, also after Ctrl-C. */
const restoreMs = 10_000;

const refusals: readonly ErrorCode[] = ['usage', 'supervisor-refused', 'auth-refused', 'busy'];

export interface PostPlace {
  readonly supervisor: Pick<Supervisor, 'changeTarget' | 'readTarget'>;
  readonly record: OverrideRecord;
}

type AppChange = Omit<TargetChange, 'isForced' | 'config'>;

type Change = (current: CurrentTarget) => AppChange;

const valueIn = ({ config }: Pick<CurrentTarget, 'config'>): string => config[overrideKey] ?? 'false';

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
  let before: string | undefined;
  if (overridesLocks) {
    before = left ?? valueIn(await supervisor.readTarget(signal));
    if (before !== 'true') await record.keep(before).catch(ignoreFullDisk);
  }
  let sent: AppChange | undefined;
  let isPutBack = false;
  let isLost = false;
  try {
    await supervisor
      .changeTarget(current => {
        sent = change(current);
        if (overridesLocks) return { ...sent, isForced: true, config: { [overrideKey]: 'true' } };
        isPutBack = left !== undefined && valueIn(current) === 'true';
        const config = isPutBack && left !== undefined ? { config: { [overrideKey]: left } } : {};
        return { ...sent, isForced: false, ...config };
      }, signal)
      .catch(async (error: unknown) => {
        // After a lost connection it may have been accepted, and is perhaps yet; a refusal has changed nothing.
        isLost = true;
        if (sent === undefined || (error instanceof OsError && refusals.includes(error.code))) {
          before = undefined;
          if (overridesLocks && left === undefined) await record.remove().catch(unlessFailed);
        } else onPosted?.();
        throw error;
      });
    onPosted?.();
    if (!overridesLocks && left !== undefined) {
      await record.remove();
      if (isPutBack as boolean) onWarning(describePutBack(left));
    }
    await settle();
  } finally {
    if (sent !== undefined && before !== undefined && before !== 'true')
      await restore({ supervisor, record }, sent, { value: before, keepsRecord: isLost }).catch(
        (error: unknown) => {
          if (!(error instanceof OsError) && !isTimeout(error)) throw error;
          const reason = error instanceof OsError ? error.message : 'the supervisor does not answer in time';
          onWarning(
            `the device goes on overriding update locks (${overrideKey}): ${reason}; the next push or os down through the supervisor puts it back`,
          );
        },
      );
  }
}

/** `os down` is what gives a device without any space its space back. */
function ignoreFullDisk(error: unknown): void {
  if (!(error instanceof OsError) || error.code !== 'no-space') throw error;
}

interface Restored {
  readonly value: string;
  /** True: the record stays for the next command where the setting is not changed, as it may be yet. */
  readonly keepsRecord: boolean;
}

/** Never removes what another program has given the supervisor since: it throws OsError `usage` or `engine-conflict` then. */
async function restore(
  { supervisor, record }: PostPlace,
  sent: AppChange,
  { value, keepsRecord }: Restored,
): Promise<void> {
  const signal = AbortSignal.timeout(restoreMs);
  if (valueIn(await supervisor.readTarget(signal)) === 'true') {
    const ids = [...sent.apps.keys()].map(String);
    const replaced = ids.length === 0 ? sent.replaced : new Set(ids);
    await supervisor.changeTarget(({ apps }) => {
      for (const [id, { name, commit }] of sent.apps) {
        const now = apps.get(id.toString())?.commit;
        if (now !== undefined && now !== commit)
          throw new OsError(
            'engine-conflict',
            `the supervisor was given another release of ${name} meanwhile`,
          );
      }
      return { apps: sent.apps, replaced, isForced: false, config: { [overrideKey]: value } };
    }, signal);
  } else if (keepsRecord) return;
  await record.remove().catch(unlessFailed);
}
