import type { RemoteSignal } from './session.ts';

/**
 * The shell that sends a signal to the process groups of all other commands on its own connection: the other children
 * of its SSH server process. OpenSSH refuses signal requests (RFC 4254 §6.9) for root, and on devices we are root.
 */
export function signalSiblings(signal: RemoteSignal): string {
  return [
    'for f in /proc/[0-9]*/stat; do',
    'read -r l <"$f" || continue;',
    // After the command's name, which may hold anything: state, parent, … (proc(5)).
    'set -- ${l##*) };',
    '[ "$2" = "$PPID" ] || continue;',
    'p=${f#/proc/}; p=${p%/stat};',
    `[ "$p" = "$$" ] || kill -${signal} -- "-$p";`,
    'done 2>/dev/null',
  ].join(' ');
}
