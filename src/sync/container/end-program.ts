/**
 * Ends a program in a container, which closing the connection to it does not: its shell reports who it is before it becomes
 * the program, and another shell sends the signal.
 */
import type { Clock } from '../../core/clock.ts';
import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
import { onAbort } from '../../core/on-abort.ts';
import type { Engine } from '../../engine/engine.ts';

/** A program as the container's kernel knows it; the engine gives each a session and a process group of its own. */
export interface Started {
  readonly pid: string;
  /** Its start in clock ticks of /proc tells it from a later program of the same number. */
  readonly atTicks: string;
  /** The start of the container's first process tells its process numbers from those after a restart. */
  readonly containerAtTicks: string;
}

/** The time that a program has to end by itself. */
export const graceMs = 2000;
const mark = 'os:';

/** Reports the program's process on the first line, and becomes the program, with no variable more or less. */
export const announce = `echo "${mark}$({ read -r s </proc/$$/stat; read -r i </proc/1/stat; set -- \${i##*) }; echo "$s ${mark}\${20}"; } 2>/dev/null)"; exec "$@"`;

/**
 * `kill SIGNAL PID TICKS CONTAINER-TICKS`: signals the program with the processes of its group. Where the program itself has
 * ended, its number is only its group's as long as these are of its session and as old as it. Nothing is signalled in a
 * container that was restarted since.
 */
const kill = `n=$1 p=$2 t=$3 c=$4
stat() { { read -r s </proc/$1/stat; } 2>/dev/null || s=; }
stat 1; set -- \${s##*) }
[ "\${20}" = "$c" ] || exit 0
stat $p; set -- \${s##*) }
if [ -n "$s" ]; then
  [ "\${20}" = "$t" ] || exit 0
  kill -$n -$p 2>/dev/null || kill -$n $p
  exit
fi
for f in /proc/[0-9]*; do
  m=\${f#/proc/}
  stat $m; set -- \${s##*) }
  [ "$3" = $p ] && [ "$4" = $p ] && [ "\${20}" -ge $t ] && kill -$n $m
done 2>/dev/null`;

/** Reads the first line: the program's /proc/PID/stat, and the start of the container's first process. */
export function parseStarted(line: string): Started | undefined {
  const [, pid, stat = '', containerAtTicks] = /^os:(\d+) (.*) os:(\d+)$/.exec(line) ?? [];
  // The program's name, in parentheses, may hold blanks: fields count from its end, the first being the third.
  const atTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  if (pid === undefined || atTicks === undefined || containerAtTicks === undefined) return undefined;
  return { pid, atTicks, containerAtTicks };
}

/** Sends `TERM` or `KILL` to `program` and what it has started. */
export async function sendSignal(
  engine: Engine,
  id: string,
  { pid, atTicks, containerAtTicks }: Started,
  { name, signal }: { readonly name: 'TERM' | 'KILL'; readonly signal: AbortSignal },
): Promise<void> {
  using deadline = openDeadline(signal, graceMs);
  const command = ['/bin/sh', '-c', kill, 'sh', name, pid, atTicks, containerAtTicks];
  try {
    const options = { command, user: '0', isPrivileged: true, hasInput: false, signal: deadline.signal };
    await using sent = await engine.openExec(id, options);
    using _closing = onAbort(deadline.signal, () => void sent[Symbol.asyncDispose]());
    for await (const { data } of sent.output) if (data.length === 0) break;
  } catch (error) {
    // The container is out of reach, or has ended meanwhile.
    if (!(error instanceof OsError) && !deadline.signal.aborted) throw error;
  }
}

/** Ends a program, if need be by force, until `ended` aborts. */
export async function endProgram(
  engine: Engine,
  id: string,
  program: Started,
  { clock, ended }: { readonly clock: Clock; readonly ended: AbortSignal },
): Promise<void> {
  for (const name of ['TERM', 'KILL'] as const) {
    if (ended.aborted) return;
    await sendSignal(engine, id, program, { name, signal: ended });
    await clock.sleep(graceMs, ended).catch(() => undefined);
  }
}
