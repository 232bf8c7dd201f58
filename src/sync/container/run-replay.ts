/** Runs a program in a container until it ends, or is ended there. */
import type { Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import { onAbort } from '../../core/on-abort.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Replay } from '../recipe/copy-step.ts';
import { announce, endProgram, graceMs, parseStarted, type Started } from './end-program.ts';

export interface Ran {
  /** Null if it could not be started. */
  readonly exitCode: number | null;
  /** The last lines that it printed, or why it could not be started. */
  readonly output: readonly string[];
  /** True if the container does not run, so that nothing can be run in it. */
  readonly isStopped: boolean;
}

export interface RunOptions {
  /** False if nothing tells which process the program is: then it runs to its end. */
  readonly hasShell: boolean;
  readonly onStarted: (program: Started) => void;
  readonly clock: Clock;
  /** Aborts when the program is out of date, which ends it. */
  readonly stop: AbortSignal;
  readonly signal: AbortSignal;
}

const keptBytes = 16_384;
const keptLines = 20;

/**
 * Runs `replay` in the container `id` to its end. Throws OsError `connection-lost`, or the reason of a signal: then the
 * program has ended there, as far as we can make it.
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
      // A letter may come in two pieces.
      const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
      for await (const { stream, data } of program.output) {
        let text = decoders[stream].decode(data, { stream: true });
        if (hasShell && stream === 'stdout' && !announced.signal.aborted) {
          first += text;
          const length = first.indexOf('\n');
          if (length === -1) continue;
          started = parseStarted(first.slice(0, length));
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
