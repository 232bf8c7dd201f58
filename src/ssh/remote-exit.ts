import { constants } from 'node:os';

/** How a remote command ended: by itself, or by a signal (named without `SIG`). */
export type RemoteExit = { status: number } | { signal: string };

/** The exit status that a shell would report: 128 + n for death by signal n, 255 for a signal nobody knows. */
export function exitStatusOf(exit: RemoteExit): number {
  if ('status' in exit) return exit.status;
  const numbers: Partial<Record<string, number>> = constants.signals;
  const number = numbers[`SIG${exit.signal}`];
  return number === undefined ? 255 : 128 + number;
}
