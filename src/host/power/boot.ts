/** Boots of a device: which one it is in, whether it may end, and waiting for the next. */
import type { Clock } from '../../core/clock.ts';
import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { HostAccess } from '../host-access.ts';
import type { HostCommands } from '../host-commands.ts';

export async function readBootId(commands: HostCommands, signal: AbortSignal): Promise<string> {
  const { stdout } = await commands.run('cat /proc/sys/kernel/random/boot_id', { signal });
  const id = stdout.trim();
  if (id === '') throw new OsError('host-refused', 'the device does not say which boot it is in');
  return id;
}

/** Locks of services (contract of the supervisor: updates.lock of each), and the marks of a host OS update on trial. */
const findBlockers = `for f in /tmp/balena-supervisor/services/*/*/updates.lock /tmp/balena-supervisor/services/*/*/resin-updates.lock; do
  [ -e "$f" ] && { d=\${f%/*}; echo "lock \${d##*/}"; }
done
for f in /mnt/state/rollback-health-breadcrumb /mnt/state/rollback-altboot-breadcrumb; do [ -e "$f" ] && echo rollback; done
exit 0`;

/** Throws OsError `busy` if a service has an update lock, or an update of the OS is on trial. */
export async function checkMayEnd(commands: HostCommands, signal: AbortSignal): Promise<void> {
  const { stdout } = await commands.run(findBlockers, { signal });
  const lines = stdout.trim().split('\n');
  if (lines.includes('rollback'))
    throw new OsError('busy', 'an update of the host OS is on trial: a reboot now could roll it back', {
      hint: 'wait until it is confirmed (15 minutes), or give --force',
    });
  const services = lines.filter(line => line.startsWith('lock ')).map(line => sanitizeLine(line.slice(5)));
  if (services.length > 0)
    throw new OsError('busy', `an update lock is held by ${[...new Set(services)].join(', ')}`, {
      hint: 'wait until it is released, or give --force',
    });
}

/**
 * Asks for the end of the boot, which comes a moment later, so that the answer to this command arrives. Where it does not
 * (OsError `connection-lost`), the boot may end or not.
 */
export async function askForEnd(
  commands: HostCommands,
  kind: 'reboot' | 'poweroff',
  signal: AbortSignal,
): Promise<void> {
  // No timer: systemd lets one fire up to a minute late.
  const line = `systemd-run --quiet /bin/sh -c 'sleep 1; systemctl ${kind}'`;
  const { status, stderr } = await commands.run(line, { signal });
  if (status !== 0) throw new OsError('host-refused', `the device does not ${kind}: ${sanitizeLine(stderr)}`);
}

/** Ends the boot, as `askForEnd`. */
export async function endBoot(
  commands: HostCommands,
  kind: 'reboot' | 'poweroff',
  signal: AbortSignal,
): Promise<void> {
  try {
    await askForEnd(commands, kind, signal);
  } catch (error) {
    // The connection that ends with the boot is the success.
    if (!(error instanceof OsError && error.code === 'connection-lost')) throw error;
  }
}

const attemptMs = 8000;
const pauseMs = 500;

export interface BootWait {
  readonly bootId: string;
  readonly timeoutMs: number;
  readonly reopen: (signal: AbortSignal) => Promise<HostAccess>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Reads the id of the device's present boot; undefined if it cannot be reached. This is a function of its own because
 * esbuild lowers `using` in a loop to variables of the whole function: an error of one round would be thrown again at
 * the end of the next.
 */
async function findBoot(reopen: BootWait['reopen'], signal: AbortSignal): Promise<string | undefined> {
  using deadline = openDeadline(signal, attemptMs);
  try {
    await using access = await reopen(deadline.signal);
    return await readBootId(access.commands, deadline.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof OsError) && !deadline.signal.aborted) throw error;
    if (error instanceof OsError && error.code === 'host-key-changed') throw error;
    return undefined;
  }
}

/** Returns the id of the boot that follows `bootId`. Throws OsError `connection-lost` when the time is over. */
export async function waitForNextBoot({
  bootId,
  timeoutMs,
  reopen,
  clock,
  signal,
}: BootWait): Promise<string> {
  const untilMs = clock.nowMs() + timeoutMs;
  let hasGone = false;
  while (clock.nowMs() < untilMs) {
    const now = await findBoot(reopen, signal);
    if (now === undefined) hasGone = true;
    else if (now !== bootId) return now;
    await clock.sleep(pauseMs, signal);
  }
  throw new OsError(
    'connection-lost',
    hasGone ? 'the device went down and did not come back in time' : 'the device did not reboot in time',
    { hint: '--timeout gives it more time' },
  );
}
