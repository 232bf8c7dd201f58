import { shellQuote } from '../../core/shell-quote.ts';
import type { RemoteSignal } from '../session.ts';
import type { CommandIdentity } from './command-identity.ts';

/**
 * `sh -c SCRIPT sh SIGNAL PID TICKS GROUP SESSION SERVER TICKS`. Does nothing unless the very server that started the
 * command started this shell too. Then it signals, of the processes in the command's group:
 * - all, if the group is the shell's own (OpenSSH) and the shell is still there, so that its number is not another's;
 * - if the shell has ended, those that hold a pipe of this connection's server;
 * - if all commands share the group of the server (dropbear), all but the server that started since the command did.
 */
const script = [
  'n=$1 p=$2 t=$3 g=$4 s=$5 r=$6 u=$7;',
  'stat() { { read -r l </proc/$1/stat; } 2>/dev/null || l=; };',
  'is() { e=$2; stat $1; set -- ${l##*) }; [ "${20}" = "$e" ]; };',
  'holds() { for h in /proc/$r/fd/*; do for d in 0 1 2; do [ $h -ef /proc/$1/fd/$d ] && [ -p $h ] && return; done; done; return 1; };',
  '[ "$PPID" = $r ] && is $r $u || exit 0;',
  'if [ $g = $p ] && is $p $t; then kill -$n -$g; exit 0; fi;',
  'if [ $g != $p ] && [ $g != $r ]; then if is $p $t; then kill -$n $p; fi; exit 0; fi;',
  'for f in /proc/[0-9]*; do',
  'm=${f#/proc/}; [ $m = $r ] || [ $m = $$ ] && continue;',
  'stat $m; set -- ${l##*) };',
  '[ "$3" = $g ] && [ "$4" = $s ] && [ "${20}" -ge $t ] || continue;',
  '[ $g = $r ] || holds $m || continue;',
  'kill -$n $m;',
  'done 2>/dev/null',
].join(' ');

/**
 * The line of shell that sends `signal` to the command and the processes it started. OpenSSH refuses signal requests
 * (RFC 4254 §6.9) for root, and on devices we are root.
 */
export function signalCommand(identity: CommandIdentity, signal: RemoteSignal): string {
  const { shell, group, session, server } = identity;
  const words = [signal, shell.pid, shell.startTicks, group, session, server.pid, server.startTicks];
  // exec: the login shell becomes this one, whose parent is then the server.
  return `exec sh -c ${shellQuote(script)} sh ${words.join(' ')}`;
}
