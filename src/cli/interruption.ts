import { errnoOf, OsError } from '../core/errors.ts';

/**
 * The one AbortController of the process: the first SIGINT or SIGTERM aborts, the second ends the process at once. So does
 * a reader of the output that goes away (`| head`): with status 141, as a broken pipe would end it.
 */
export function openInterruption(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal);
      process.kill(process.pid, name);
      return;
    }
    controller.abort(
      name === 'SIGINT' ? new OsError('interrupted', 'interrupted') : new OsError('terminated', 'terminated'),
    );
  };
  const onOutputError = (error: Error): void => {
    if (errnoOf(error) !== 'EPIPE') throw error;
    controller.abort(new OsError('output-closed', 'whoever read the output is gone'));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  // Stay attached for good: what is still being written fails later than the command ends.
  process.stdout.on('error', onOutputError);
  process.stderr.on('error', onOutputError);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal);
    },
  };
}
