/** Running the device's own hostapp-update, apart from the connection, which may end meanwhile. */
import type { Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import type { Mutable } from '../../core/mutable.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { shellQuote } from '../../core/shell-quote.ts';
import type { HostCommands } from '../host-commands.ts';
import { installUnit, isInstalling, shortDigest, type UpdateHold } from './hold-update.ts';
import { sentPath } from './send-archive.ts';

/** Of this archive alone: the outcome of another says nothing about it. */
const outcomeOf = ({ digest }: UpdateHold): string => `/run/os-update.${shortDigest(digest)}.status`;
const talkOf = ({ digest }: UpdateHold): string => `/run/os-update.${shortDigest(digest)}.log`;

/** Removes the outcome of an earlier installation of the archive, unless it is being installed. Throws as `hold.run` does. */
export async function clearInstall(
  commands: HostCommands,
  hold: UpdateHold,
  signal: AbortSignal,
): Promise<void> {
  await hold.run(commands, `${isInstalling} || rm -f ${outcomeOf(hold)} ${talkOf(hold)}`, { signal });
}

/**
 * Starts hostapp-update in a unit of its own, unless it is running, or has ended since `clearInstall`. It does not reboot.
 * Throws OsError `busy` where another update holds the device, or is being installed.
 */
export async function startInstall(
  commands: HostCommands,
  hold: UpdateHold,
  signal: AbortSignal,
): Promise<void> {
  const outcome = outcomeOf(hold);
  const work = `hostapp-update -f ${shellQuote(sentPath(hold.digest))} >${talkOf(hold)} 2>&1; echo $? >${outcome}.new; mv ${outcome}.new ${outcome}`;
  const line = `${isInstalling} || [ -e ${outcome} ] || { systemctl reset-failed ${installUnit}.service 2>/dev/null; systemd-run --quiet --unit=${installUnit} /bin/sh -c ${shellQuote(work)}; }`;
  const { status, stderr } = await hold.run(commands, line, { signal });
  if (status !== 0)
    throw new OsError(
      'host-refused',
      `the device does not start hostapp-update: ${sanitizeLine(stderr.trim())}`,
    );
}

const pauseMs = 500;

/** Progress of an installation, kept over lost connections: nothing is reported twice. */
export type InstallProgress = Mutable<{ readonly lines: number }>;

/** Waits for its end, and reports what it prints. Throws OsError `host-refused` with its last words where it fails. */
export async function awaitInstall(
  commands: HostCommands,
  hold: UpdateHold,
  {
    clock,
    signal,
    progress,
    report,
  }: {
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly progress: InstallProgress;
    readonly report: (line: string) => void;
  },
): Promise<void> {
  let last = '';
  for (;;) {
    const { stdout } = await hold.run(
      commands,
      `${isInstalling} && echo running || echo ended; cat ${outcomeOf(hold)} 2>/dev/null || echo; cat ${talkOf(hold)} 2>/dev/null`,
      { signal },
    );
    const [state, status = '', ...printed] = stdout.split('\n');
    const isOver = /^\d+$/.test(status);
    // While it runs, the last line may be a part of one.
    const whole = isOver ? printed : printed.slice(0, -1);
    const lines = whole.map(line => sanitizeLine(line.trim())).filter(line => line !== '');
    for (const line of lines.slice(progress.lines)) {
      progress.lines += 1;
      report(line);
    }
    last = lines.at(-1) ?? last;
    if (isOver) {
      if (status === '0') return;
      const isFull = /no space/i.test(lines.join('\n'));
      throw new OsError(
        isFull ? 'no-space' : 'host-refused',
        `hostapp-update failed: ${last || `exit status ${status}`}`,
        { hint: 'the device runs what it ran before' },
      );
    }
    if (state === 'ended')
      throw new OsError('host-refused', 'hostapp-update ended without a result', {
        hint: 'the device may have rebooted meanwhile: see `os update --status`, then try again',
      });
    await clock.sleep(pauseMs, signal);
  }
}
