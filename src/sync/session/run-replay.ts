/** Runs a program in a container, and ends it there: closing the connection to it alone does not. */
import type { Clock } from '../../core/clock.ts';
import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Replay } from '../decide/copy-step.ts';

export interface Ran {
  /** null: it could not be started. */
  readonly exitCode: number | null;
  /** The last lines that it printed, or why it could not be started. */
  readonly output: readonly string[];
  /** The container does not run: nothing can be run in it. */
  readonly isStopped: boolean;
}

/** A program as the container's kernel knows it; the engine gives each a session and a process group of its own. */
export interface Started {
  readonly pid: string;
  /** In the clock ticks of /proc: tells it from a later one of the same number. */
  readonly atTicks: string;
}

export interface RunOptions {
  /** Without one nothing tells which process it is: then it runs to its end. */
  readonly hasShell: boolean;
  readonly onStarted: (program: Started) => void;
  readonly clock: Clock;
  /** Aborts when it is out of date: it is ended. */
  readonly stop: AbortSignal;
  readonly signal: AbortSignal;
}

const keptBytes = 16_384;
const keptLines = 20;
/** How long it has to end by itself. */
const graceMs = 2000;
const mark = 'os:';

/** Tells on the first line which process it is, and becomes the program, with no variable more or less. */
const announce = `echo "${mark}$({ read -r s </proc/$$/stat; echo "$s"; } 2>/dev/null)"; exec "$@"`;

/** `kill SIGNAL PID TICKS`: the program with what it has started, where that number is still its own. */
const kill = `n=$1 p=$2 t=$3 s=
{ read -r s </proc/$p/stat; } 2>/dev/null
set -- \${s##*) }
[ -z "$s" ] || [ "\${20}" = "$t" ] || exit 0
kill -$n -$p 2>/dev/null || kill -$n $p 2>/dev/null`;

/** From what /proc/PID/stat says: the number, and what comes after the name. */
function parseStarted(stat: string): Started | undefined {
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
async function endProgram(
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

function onAbort(signal: AbortSignal, act: () => void): Disposable {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', act) };
}

/**
 * Runs `replay` in the container `id`, to its end. Throws OsError `connection-lost`, or the reason of a signal: then it
 * has ended there, as far as we can see to that.
 */
export async function runReplay(
  engine: Engine,
  id: string,
  replay: Replay,
  { hasShell, onStarted, clock, stop, signal }: RunOptions,
): Promise<Ran> {
  const asked = hasShell ? AbortSignal.any([signal, stop]) : signal;
  const command = hasShell ? ['/bin/sh', '-c', announce, 'sh', ...replay.command] : replay.command;
  try {
    await using program = await engine.openExec(id, { ...replay, command, hasInput: false, signal });
    const ended = new AbortController();
    const announced = new AbortController();
    let started: Started | undefined;
    const end = async (): Promise<void> => {
      if (hasShell) await clock.sleep(graceMs, announced.signal).catch(() => undefined);
      if (started !== undefined) await endProgram(engine, id, started, { clock, ended: ended.signal });
      await program[Symbol.asyncDispose]();
    };
    let ending: Promise<void> | undefined;
    using _ending = onAbort(asked, () => {
      ending = end();
    });
    try {
      let [first, printed] = ['', ''];
      for await (const { stream, data } of program.output) {
        let text = data.toString();
        if (hasShell && stream === 'stdout' && !announced.signal.aborted) {
          first += text;
          const length = first.indexOf('\n');
          if (length === -1) continue;
          started = parseStarted(first.slice(mark.length, length));
          if (started !== undefined) onStarted(started);
          announced.abort();
          text = first.slice(length + 1);
        }
        printed = (printed + text).slice(-keptBytes);
      }
      asked.throwIfAborted();
      const lines = printed.trimEnd().split('\n').slice(-keptLines);
      const output = printed.trim() === '' ? [] : lines;
      return { exitCode: await program.readExitCode(signal), output, isStopped: false };
    } finally {
      announced.abort();
      ended.abort();
      await ending;
    }
  } catch (error) {
    asked.throwIfAborted();
    if (!(error instanceof OsError)) throw error;
    if (error.code !== 'engine-refused' && error.code !== 'engine-conflict') throw error;
    return { exitCode: null, output: [error.message], isStopped: error.code === 'engine-conflict' };
  }
}
