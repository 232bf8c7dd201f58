import { shellQuote } from '../../core/shell-quote.ts';

/** Identity of a process in its kernel: the start time distinguishes it from a later one with the same number. */
export interface RemoteProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat (proc(5)), as text: only equality counts. */
  readonly startTicks: string;
}

/** A command on the device, as its own shell reported it before it ran anything. */
export interface CommandIdentity {
  /** The shell that the SSH server started for the command. */
  readonly shell: RemoteProcessIdentity;
  readonly group: number;
  readonly session: number;
  /** The process of the SSH server that serves this connection. */
  readonly server: RemoteProcessIdentity;
}

/**
 * A line of shell that prints who the command is on stderr, between two `nonce`s: the stat of a child of the command's
 * shell, which inherits group and session; of the shell; and of the shell's parent. `sh -c`, because the login shell may
 * be one that is not POSIX.
 */
export function announcement(nonce: string): string {
  const script = [
    'exec 3>&2 2>/dev/null',
    'read -r a </proc/$$/stat',
    'read -r b </proc/$PPID/stat',
    'set -- ${b##*) }',
    'read -r c </proc/$2/stat',
    'echo "$0 $a $0 $b $0 $c $0" >&3',
  ].join('; ');
  return `sh -c ${shellQuote(script)} ${nonce}`;
}

interface Stat extends RemoteProcessIdentity {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
}

/** A line of /proc/PID/stat; undefined for anything else. */
function parseStat(line: string): Stat | undefined {
  const pid = Number(/^\d+(?= \()/.exec(line)?.[0]);
  // The program's name, in parentheses, may hold parentheses and blanks itself.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [parent = NaN, group = NaN, session = NaN] = fields.slice(1, 4).map(Number);
  const startTicks = fields[19] ?? '';
  const areNumbers = [pid, parent, group, session].every(Number.isSafeInteger);
  return areNumbers && /^\d+$/.test(startTicks) ? { pid, startTicks, parent, group, session } : undefined;
}

/**
 * Parses the output of `announcement`, without the nonces' line end. undefined if the processes are not each other's
 * parents, as when the shell had ended already: then no signal may ever be sent.
 */
export function parseAnnouncement(line: string, nonce: string): CommandIdentity | undefined {
  const [, ...stats] = line.split(nonce).map(part => parseStat(part.trim()));
  const [reporter, shell, server] = stats;
  if (reporter === undefined || shell === undefined || server === undefined) return undefined;
  const isOfShell =
    reporter.parent === shell.pid && reporter.group === shell.group && reporter.session === shell.session;
  if (!isOfShell || shell.parent !== server.pid || shell.pid <= 1 || server.pid <= 0) return undefined;
  const { group, session } = shell;
  const identify = ({ pid, startTicks }: Stat): RemoteProcessIdentity => ({ pid, startTicks });
  return { shell: identify(shell), group, session, server: identify(server) };
}
