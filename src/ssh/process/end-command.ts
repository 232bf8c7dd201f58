import { onAbort } from '../../core/on-abort.ts';
import type { RemoteCommand, RemoteSignal } from '../session.ts';
import { OsError } from '../../core/errors.ts';

/** Time limit for a signalled command to end before it is killed, and for a device to deliver the signal. */
const graceMs = 2000;

/**
 * Ends `command` by `signal`, and kills what still runs after a grace period. Fulfilled when it has ended, or was given
 * up, and no request is pending on the connection any more.
 */
export async function endCommand(command: RemoteCommand, signal: RemoteSignal): Promise<void> {
  const sent = [command.kill(signal, graceMs)];
  const timer = setTimeout(() => {
    sent.push(command.kill('KILL', graceMs).then(() => command.close()));
  }, graceMs);
  try {
    await command.ended;
  } catch {
    // Whoever reads from the command learns of a lost connection.
  } finally {
    clearTimeout(timer);
    await Promise.all(sent);
  }
}

/** Returns the signal that ends a command when this process was aborted for `reason`. */
const signalFor = (reason: unknown): RemoteSignal =>
  reason instanceof OsError && reason.code === 'terminated' ? 'TERM' : 'INT';

/** Ends `command` when `signal` aborts. Disposing waits until that is done, so that the connection may be closed. */
export function endOnAbort(
  command: RemoteCommand,
  signal: AbortSignal,
  endSignal?: RemoteSignal,
): AsyncDisposable {
  let ending: Promise<void> | undefined;
  const listening = onAbort(signal, () => {
    ending = endCommand(command, endSignal ?? signalFor(signal.reason));
  });
  return {
    async [Symbol.asyncDispose]() {
      listening[Symbol.dispose]();
      await ending;
    },
  };
}
