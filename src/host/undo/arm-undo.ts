import { OsError } from '../../core/errors.ts';
import { reportsFullDisk } from '../../core/full-disk.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { HostCommands } from '../host-commands.ts';
import type { UndoPlan } from './undo-plan.ts';
import { armScript, confirmScript, undoNowScript, undoScript } from './undo-scripts.ts';

/**
 * Has the device undo a change `plan.afterS` seconds from now. Call it before the change. Throws OsError `host-refused`
 * or `no-space` if the device cannot do that; then nothing is changed.
 */
export async function armUndo(commands: HostCommands, plan: UndoPlan, signal: AbortSignal): Promise<void> {
  const { status, stderr } = await commands.run(armScript(plan), { input: undoScript(plan), signal });
  if (status === 0) return;
  const reason = sanitizeLine(stderr.trim().split('\n').at(-1) ?? '') || `exit status ${status.toString()}`;
  throw new OsError(
    reportsFullDisk(stderr) ? 'no-space' : 'host-refused',
    `the device cannot be made to undo the change by itself: ${reason}`,
    { hint: 'nothing was changed; --no-undo goes without this safety' },
  );
}

/** Confirms the change: false if the device has undone it already. */
export async function confirmChange(
  commands: HostCommands,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { status } = await commands.run(confirmScript(id), { signal });
  return status === 0;
}

/**
 * Has the device undo the change now. `undone`: everything is as before; `failed`: a file could not be put back;
 * `pending`: the undo is still to come, at the time that it was armed for.
 */
export async function undoNow(
  commands: HostCommands,
  id: string,
  signal: AbortSignal,
): Promise<'undone' | 'failed' | 'pending'> {
  const { status } = await commands.run(undoNowScript(id), { signal });
  return status === 0 ? 'undone' : status === 4 ? 'failed' : 'pending';
}
