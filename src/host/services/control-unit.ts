import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { shellQuote } from '../../core/shell-quote.ts';
import type { HostCommands } from '../host-commands.ts';

export type UnitAction = 'start' | 'stop' | 'restart';

/** Units without which the device is unreachable. */
const essentialUnits = ['sshd.socket', 'NetworkManager.service'];

/** systemd itself gives a unit 90 s to start, and as many to stop first. */
const unitMs = 5 * 60_000;

/** Throws OsError `service-failed` if systemd reports a failure, `usage` if the device would become unreachable. */
export async function controlUnit(
  commands: HostCommands,
  unit: string,
  action: UnitAction,
  signal: AbortSignal,
): Promise<void> {
  if (action === 'stop' && essentialUnits.includes(unit))
    throw new OsError('usage', `${unit} is the way to the device: it is not stopped`, {
      hint: '--restart restarts it',
    });
  const line = `systemctl ${action} ${shellQuote(unit)}`;
  const { status, stderr } = await commands.run(line, { signal, timeoutMs: unitMs });
  if (status === 0) return;
  const reason = sanitizeLine(stderr.trim().split('\n', 1)[0] ?? '') || `exit status ${status.toString()}`;
  const isUnknown = status === 5 || /not found|not loaded/i.test(stderr);
  throw new OsError(isUnknown ? 'usage' : 'service-failed', `cannot ${action} ${unit}: ${reason}`, {
    hint: isUnknown ? '`os services` lists the units' : `\`os services ${unit} --logs\` shows why`,
  });
}
