import type { DevicePicker } from '../../device/choose-target.ts';
import type { ReachContext } from '../../reach/reach-context.ts';
import { notePlain, type Output } from '../../ui/output.ts';
import { canAsk } from './person.ts';
import { pickDevice } from './pick-device.ts';
import { askSecret } from './prompts.ts';

/** Returns a context that reaches devices for the person at this terminal, and prompts them if possible. */
export function reachContext(output: Output, signal: AbortSignal): ReachContext {
  const isAsked = canAsk();
  const pick: DevicePicker = (search, innerSignal) =>
    pickDevice((onChange, searching) => search(searching, onChange), { output, signal: innerSignal });
  return {
    signal,
    note: text => notePlain(output, text),
    pickDevice: isAsked ? pick : undefined,
    askPassphrase: isAsked ? keyFile => askSecret(`Passphrase of ${keyFile}:`, signal) : undefined,
  };
}
