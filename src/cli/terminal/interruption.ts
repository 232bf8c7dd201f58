import { OsError } from '../../core/errors.ts';
import { isAtTerminal } from './person.ts';
import { watchOutput } from './streams/watch-output.ts';
import { watchReader } from './streams/watch-reader.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const reasons: Readonly<Record<string, OsError>> = {
  SIGINT: new OsError('interrupted', 'interrupted'),
  SIGTERM: new OsError('terminated', 'terminated'),
  SIGHUP: new OsError('terminated', 'the terminal is gone'),
};

/** Time for the last words of a command that was told to end, where the reader of its output takes nothing. */
const lastWordsMs = 1_000;

/** The terminal has printed ^C at the beginning of the next line. */
function eraseEcho(): void {
  if (isAtTerminal()) process.stderr.write('\r\x1b[K');
}

export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
  /** Aborts also when the reader of stdout is gone while nothing is written: for commands that wait for events. */
  readonly watchReader: () => void;
}

/**
 * The one AbortController of the process: the first SIGINT, SIGTERM or SIGHUP aborts, the second ends the process at once.
 * Output that cannot be written any more (`| head`) aborts too, with status 141, as a broken pipe would end the process.
 */
export function openInterruption(): Interruption {
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
    if (name === 'SIGINT') eraseEcho();
    controller.abort(reasons[name]);
  };
  for (const it of signals) process.on(it, onSignal);
  const onGone = (): void => controller.abort(new OsError('output-closed', 'the output cannot be written'));
  watchOutput(onGone);
  let watch: Disposable | undefined;
  return {
    signal: controller.signal,
    watchReader() {
      watch ??= watchReader(onGone);
    },
    [Symbol.dispose]() {
      stopListening();
      watch?.[Symbol.dispose]();
      if (!controller.signal.aborted) return;
      // eslint-disable-next-line no-restricted-syntax -- what is written and not taken would hold the process
      setTimeout(() => process.exit(), lastWordsMs).unref();
    },
  };
}
