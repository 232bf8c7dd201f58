/**
 * Changes of a device's connections that fail by themselves leave all as it was; one that may cut the connection is undone
 * by the device unless it is reached again.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import { OsError } from '../../../core/errors.ts';
import type { Mutable } from '../../../core/mutable.ts';
import { sanitizeLine } from '../../../core/sanitize.ts';
import type { LiveConnection } from '../../../host/network/connections.ts';
import { detached, readOutcome, restoreCommands } from '../../../host/network/plan-network.ts';
import { restoreFiles } from '../../../host/undo/files-before.ts';
import { guardChange, isLoss, type GuardEvent } from '../../../host/undo/guard-change.ts';
import type { FileBefore } from '../../../host/undo/undo-plan.ts';
import type { HostDevice } from './open-host-device.ts';

export interface NetworkDependencies {
  readonly device: HostDevice;
  readonly clock: Clock;
  readonly report: (event: GuardEvent) => void;
  readonly signal: AbortSignal;
}

/** Progress of a change, for its guard. */
interface Progress {
  /** True while the device holds a part of the change. */
  readonly isWritten: boolean;
}

/** Makes a change of the files of `before`. If it fails by itself, puts them back. */
async function changeFiles(
  before: readonly FileBefore[],
  change: () => Promise<unknown>,
  { device, signal }: NetworkDependencies,
  progress: Mutable<Progress>,
): Promise<void> {
  progress.isWritten = true;
  try {
    await change();
  } catch (error) {
    if (isLoss(error)) throw error;
    progress.isWritten = !(await restoreFiles(device.files, before, signal));
    await device.commands.run('nmcli connection reload', { signal });
    throw error;
  }
}

/** The same without a guard: says so if the files cannot be put back. */
export async function changeUnguarded(
  before: readonly FileBefore[],
  change: () => Promise<unknown>,
  dependencies: NetworkDependencies,
): Promise<void> {
  const progress = { isWritten: false };
  try {
    await changeFiles(before, change, dependencies, progress);
  } catch (error) {
    if (!isLoss(error) && progress.isWritten) dependencies.report({ type: 'failed' });
    throw error;
  }
}

/**
 * Makes a change that ends in a line of nmcli, which may cut the connection, with an undo on the device if one is
 * requested.
 */
export async function runGuarded(
  before: readonly FileBefore[],
  request: { readonly undoAfterS: number | undefined; readonly places: readonly string[] },
  live: readonly LiveConnection[],
  change: () => Promise<string>,
  dependencies: NetworkDependencies,
): Promise<{ readonly id: string; readonly reachedAt: string | null; readonly problem: string | null }> {
  const { device, clock, report, signal } = dependencies;
  const id = randomBytes(5).toString('hex');
  let outcome = '';
  const isOver = async (commands: HostDevice['commands'], innerSignal: AbortSignal): Promise<boolean> => {
    const { status, stdout } = await commands.run(readOutcome(id), { signal: innerSignal });
    outcome = stdout;
    return status === 0;
  };
  const apply = async (): Promise<void> => {
    const line = await change();
    const { status, stderr } = await device.commands.run(detached(id, line), { signal });
    if (status !== 0)
      throw new OsError('host-refused', `the device runs nothing apart: ${sanitizeLine(stderr)}`);
  };
  let reachedAt: string | null = null;
  const progress = { isWritten: false };
  if (request.undoAfterS === undefined) await changeUnguarded(before, apply, dependencies);
  else
    reachedAt = await guardChange(
      {
        plan: {
          id,
          afterS: request.undoAfterS,
          files: before,
          commands: restoreCommands(live),
        },
        places: request.places,
        apply: () => changeFiles(before, apply, dependencies, progress),
        isWritten: () => progress.isWritten,
        isApplied: isOver,
      },
      {
        clock,
        commands: device.commands,
        reopen: (place, innerSignal) => device.reopen(innerSignal, place),
        report,
        signal,
      },
    );
  const [status = '', ...said] = outcome.trim().split('\n');
  const problem =
    status === '' || status === '0' ? null : sanitizeLine(said.at(-1) ?? '').replace(/^Error: /, '');
  return { id, reachedAt, problem };
}
