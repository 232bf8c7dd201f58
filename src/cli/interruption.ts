import { OsError } from '../core/errors.ts';
import { watchOutput } from './watch-output.ts';

/**
 * The one AbortController of the process: the first SIGINT or SIGTERM aborts, the second ends the process at once. Output
 * that cannot be written any more (`| head`) aborts too, with status 141, as a broken pipe would end the process.
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
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  watchOutput(() => controller.abort(new OsError('output-closed', 'the output cannot be written')));
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal);
    },
  };
}
