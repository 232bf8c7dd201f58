import { errnoOf, messageOf, OsError } from '../core/errors.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const reasons: Readonly<Record<string, OsError>> = {
  SIGINT: new OsError('interrupted', 'interrupted'),
  SIGTERM: new OsError('terminated', 'terminated'),
  SIGHUP: new OsError('terminated', 'the terminal is gone'),
};

export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
}

export interface InterruptionOptions {
  /** What was written could not be, as is known when the command has ended. */
  readonly onLateFailure: (failure: OsError) => void;
}

/**
 * The one AbortController of the process: the first SIGINT, SIGTERM or SIGHUP aborts, the second ends the process at once.
 * So does output that can't be written: with status 141 where its reader is gone (`| head`), as a broken pipe would end it.
 */
export function openInterruption({ onLateFailure }: InterruptionOptions): Interruption {
  const controller = new AbortController();
  const stopListening = (): void => {
    for (const it of signals) process.removeListener(it, onSignal);
  };
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      stopListening();
      process.kill(process.pid, name);
      return;
    }
    controller.abort(reasons[name]);
  };
  let isOver = false;
  const onOutputError = (error: Error): void => {
    const failure = toOutputFailure(error);
    controller.abort(failure);
    // The command has ended before it could know.
    if (isOver && !process.exitCode) onLateFailure(failure);
  };
  for (const it of signals) process.on(it, onSignal);
  // Stay attached for good: what is still being written fails later than the command ends. oclif's throws.
  process.stdout.removeAllListeners('error').on('error', onOutputError);
  process.stderr.on('error', onOutputError);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      isOver = true;
      stopListening();
    },
  };
}

/** EIO: the terminal is gone. */
function toOutputFailure(error: Error): OsError {
  const errno = errnoOf(error) ?? '';
  if (['EPIPE', 'EIO'].includes(errno))
    return new OsError('output-closed', 'whoever read the output is gone');
  return new OsError(
    errno === 'ENOSPC' ? 'no-space' : 'host-unsuitable',
    `the output can not be written: ${messageOf(error)}`,
  );
}
