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

const keptBytes = 16_384;
const keptLines = 20;

/** Runs `replay` in the container `id`, to its end. Throws OsError `connection-lost`, or the signal's reason. */
export async function runReplay(
  engine: Engine,
  id: string,
  replay: Replay,
  signal: AbortSignal,
): Promise<Ran> {
  try {
    await using program = await engine.openExec(id, { ...replay, hasInput: false, signal });
    const close = (): void => void program[Symbol.asyncDispose]();
    signal.addEventListener('abort', close, { once: true });
    try {
      let printed = '';
      for await (const { data } of program.output) printed = (printed + data.toString()).slice(-keptBytes);
      signal.throwIfAborted();
      const lines = printed.trimEnd().split('\n').slice(-keptLines);
      const output = printed.trim() === '' ? [] : lines;
      return { exitCode: await program.readExitCode(signal), output, isStopped: false };
    } finally {
      signal.removeEventListener('abort', close);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof OsError)) throw error;
    if (error.code !== 'engine-refused' && error.code !== 'engine-conflict') throw error;
    return { exitCode: null, output: [error.message], isStopped: error.code === 'engine-conflict' };
  }
}
