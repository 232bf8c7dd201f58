import type { Clock } from '../../core/clock.ts';
import { isThere } from '../tree/read-node.ts';

/** Between two looks at whether a place that is away (a checkout, a mount) is back. */
export const awayMs = 300;

/** Resolves when there is something at `file`. Throws the signal's reason. */
export async function untilThere(
  file: string,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  while (!(await isThere(file))) await clock.sleep(awayMs, signal);
}
