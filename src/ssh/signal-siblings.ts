import type { RemoteSignal } from './session.ts';

/**
 * The shell that sends a signal to all other commands on its own connection, with the processes they started: to the
 * process groups of its siblings under OpenSSH; under dropbear, to the group that all commands share with the server.
 * OpenSSH refuses signal requests (RFC 4254 §6.9) for root, and on devices we are root.
 */
export function signalSiblings(signal: RemoteSignal): string {
  return [
    'for f in /proc/[0-9]*/stat; do',
    'read -r l <"$f" || continue;',
    // After the command's name, which may hold anything: state, parent, group, … (proc(5)).
    'set -- ${l##*) };',
    'p=${f#/proc/}; p=${p%/stat};',
    'case "$p" in "$$"|"$PPID") continue;; esac;',
    `if [ "$3" = "$PPID" ]; then kill -${signal} "$p";`,
    `elif [ "$2" = "$PPID" ]; then kill -${signal} -- "-$p"; fi;`,
    'done 2>/dev/null',
  ].join(' ');
}
