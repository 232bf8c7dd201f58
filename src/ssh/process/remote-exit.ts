import { constants } from 'node:os';

/** End of a remote command: by itself, or by a signal (named without `SIG`). */
export type RemoteExit = { readonly status: number } | { readonly signal: string };

/** Returns the exit status that a shell would report: 128 + n for death by signal n, 255 for an unknown signal. */
export function exitStatusOf(exit: RemoteExit): number {
  if ('status' in exit) return exit.status;
  const numbers: Partial<Record<string, number>> = constants.signals;
  const number = numbers[`SIG${exit.signal}`];
  return number === undefined ? 255 : 128 + number;
}
