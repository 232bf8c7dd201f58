import type { Clock } from '../../core/clock.ts';
import { isThere } from '../tree/read-node.ts';

/** Interval at which a missing place (during a checkout, an unmounted file system) is looked for. */
export const awayMs = 300;

/** Resolves when `file` exists. Throws the signal's reason. */
export async function untilThere(
  file: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  while (!(await isThere(file))) await clock.sleep(awayMs, signal);
}
