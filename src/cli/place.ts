import type { Output } from '../ui/output.ts';
import { openInterruption } from './terminal/interruption.ts';
import { isBeforeSeparator, processOutput } from './terminal/process-output.ts';

/** What a command runs in: this process, or one of several devices within it. */
export interface Place extends Disposable {
  readonly output: Output;
  readonly signal: AbortSignal;
  /** The one device, of several, that the command is for; undefined: the command line says it. */
  readonly device: string | undefined;
  /** Aborts `signal` also when the reader of stdout is gone while nothing is written. */
  readonly watchReader: () => void;
  /** The command ends with `exitStatus`, which is 0 where this is not called. */
  readonly setExitStatus: (exitStatus: number) => void;
}

/** This process: its signals, its streams, its exit status. */
export function openProcess(argv: readonly string[]): Place {
  const interruption = openInterruption();
  return {
    output: processOutput({
      isJson: isBeforeSeparator(argv, '--json'),
      isQuiet: isBeforeSeparator(argv, '--quiet') || isBeforeSeparator(argv, '-q'),
    }),
    signal: interruption.signal,
    device: undefined,
    watchReader: () => interruption.watchReader(),
    setExitStatus(exitStatus) {
      process.exitCode = exitStatus;
    },
    [Symbol.dispose]: () => interruption[Symbol.dispose](),
  };
}
