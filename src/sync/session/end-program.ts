/**
 * Ends a program in a container, which closing the connection to it does not: its shell tells which process it is, and
 * another shell sends the signal.
 */
import type { Clock } from '../../core/clock.ts';
import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
import { onAbort } from '../../core/on-abort.ts';
import type { Engine } from '../../engine/engine.ts';

/** A program as the container's kernel knows it; the engine gives each a session and a process group of its own. */
export interface Started {
  readonly pid: string;
  /** In the clock ticks of /proc: tells it from a later one of the same number. */
  readonly atTicks: string;
}

/** How long it has to end by itself. */
export const graceMs = 2000;
const mark = 'os:';

/** Tells on the first line which process it is, and becomes the program, with no variable more or less. */
export const announce = `echo "${mark}$({ read -r s </proc/$$/stat; echo "$s"; } 2>/dev/null)"; exec "$@"`;

/** `kill SIGNAL PID TICKS`: the program with what it has started, where that number is still its own. */
const kill = `n=$1 p=$2 t=$3 s=
{ read -r s </proc/$p/stat; } 2>/dev/null
set -- \${s##*) }
[ -z "$s" ] || [ "\${20}" = "$t" ] || exit 0
kill -$n -$p 2>/dev/null || kill -$n $p 2>/dev/null`;

/** From the first line: the number, and what comes after the name, as /proc/PID/stat has it. */
export function parseStarted(line: string): Started | undefined {
  const stat = line.slice(mark.length);
  const pid = /^\d+/.exec(stat)?.[0];
  const atTicks = stat.replace(/^.*\) /s, '').split(' ')[19];
  return pid === undefined || atTicks === undefined ? undefined : { pid, atTicks };
}

/** `TERM` or `KILL`, to `program` and what it has started. */
export async function sendSignal(
  engine: Engine,
  id: string,
  { pid, atTicks }: Started,
  { name, signal }: { name: 'TERM' | 'KILL'; signal: AbortSignal },
): Promise<void> {
  using deadline = openDeadline(signal, graceMs);
  const command = ['/bin/sh', '-c', kill, 'sh', name, pid, atTicks];
  try {
    const how = { command, user: '0', isPrivileged: true, hasInput: false, signal: deadline.signal };
    await using sent = await engine.openExec(id, how);
    using _closing = onAbort(deadline.signal, () => void sent[Symbol.asyncDispose]());
    for await (const { data } of sent.output) if (data.length === 0) break;
  } catch (error) {
    // Out of reach, or ended meanwhile.
    if (!(error instanceof OsError) && !deadline.signal.aborted) throw error;
  }
}

/** Ends it, if need be by force, until `ended` aborts. */
export async function endProgram(
  engine: Engine,
  id: string,
  program: Started,
  { clock, ended }: { clock: Clock; ended: AbortSignal },
): Promise<void> {
  for (const name of ['TERM', 'KILL'] as const) {
    if (ended.aborted) return;
    await sendSignal(engine, id, program, { name, signal: ended });
    await clock.sleep(graceMs, ended).catch(() => undefined);
  }
}
