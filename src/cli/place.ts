import type { Output } from '../ui/output.ts';
import { beforeSeparator } from './before-separator.ts';
import { openInterruption } from './terminal/interruption.ts';
import { processOutput } from './terminal/process-output.ts';

/** The place on the network at which a command has reached its device. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** null: not known. */
  readonly engineId?: string | null;
}

/** Throws OsError `usage` if another command of this process, for another word, has reached the same device. */
export type ClaimDevice = (endpoint: Endpoint) => void;

/** The surroundings of a command: this process, or one of several devices within it. */
export interface Place extends Disposable {
  readonly output: Output;
  readonly signal: AbortSignal;
  /** The one device, of several, that the command is for; undefined: the command line says it. */
  readonly device: string | undefined;
  readonly claimDevice: ClaimDevice;
  /** Aborts `signal` also when the reader of stdout is gone while nothing is written. */
  readonly watchReader: () => void;
  /** The command ends with `exitStatus`, which is 0 where this is not called. */
  readonly setExitStatus: (exitStatus: number) => void;
  /** Like `setExitStatus`, for the status of a program on the device, whose meaning only that program knows. */
  readonly setRemoteStatus: (exitStatus: number) => void;
}

/** This process: its signals, its streams, its exit status. */
export function openProcess(argv: readonly string[]): Place {
  const setExitStatus = (exitStatus: number): void => {
    process.exitCode = exitStatus;
  };
  const interruption = openInterruption();
  const words = beforeSeparator(argv);
  return {
    output: processOutput({
      isJson: words.includes('--json'),
      isQuiet: words.includes('--quiet') || words.includes('-q'),
    }),
    signal: interruption.signal,
    device: undefined,
    claimDevice: () => undefined,
    watchReader: () => interruption.watchReader(),
    setExitStatus,
    setRemoteStatus: setExitStatus,
    [Symbol.dispose]: () => interruption[Symbol.dispose](),
  };
}
