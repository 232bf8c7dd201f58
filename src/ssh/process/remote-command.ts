import { openDeadline } from '../../core/deadline.ts';
import { onAbort } from '../../core/on-abort.ts';
import type { RemoteCommand, RemoteProcess } from '../session.ts';
import type { CommandIdentity } from './command-identity.ts';
import { signalCommand } from './signal-command.ts';

/** Runs a line of shell on the device beside the command; rejects if that fails. */
type RunErrand = (line: string, signal: AbortSignal) => Promise<unknown>;

/**
 * Wraps `process` as a command that can be ended, once its shell has reported its `identity`. Until then, and if it
 * never does, no signal is sent.
 */
export function toRemoteCommand(
  process: RemoteProcess,
  identity: Promise<CommandIdentity | undefined>,
  runErrand: RunErrand,
): RemoteCommand {
  return {
    ...process,
    async kill(signal, timeoutMs) {
      using deadline = openDeadline(new AbortController().signal, timeoutMs);
      const known = await new Promise<CommandIdentity | undefined>(resolve => {
        void identity.then(resolve);
        onAbort(deadline.signal, () => resolve(undefined));
      });
      if (known === undefined) return;
      // If the device cannot be reached any more the connection is lost, which `ended` reports.
      await runErrand(signalCommand(known, signal), deadline.signal).catch(() => undefined);
    },
  };
}
