import type { PushEvent } from '../release/events.ts';

/** Prints a push as it goes. Disposed when it is over, however it ended. */
export interface PushReporter extends Disposable {
  report(event: PushEvent): void;
}

export interface PushReporterOptions {
  /** The plan is the answer, because it is not going to be carried out. */
  readonly showsPlan: boolean;
  /** Names to be expected, where the event `project` does not tell them. */
  readonly services?: readonly string[];
  /** Remarks that were told before: those that are the same every time are told once. */
  readonly told?: Set<string>;
}
