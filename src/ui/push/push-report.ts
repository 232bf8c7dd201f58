import type { PushEvent } from '../../release/apply/events.ts';
import type { ServiceColumn } from '../service-column.ts';

/** Prints the events of a push. Disposed at its end, also after an error. */
export interface PushReporter extends Disposable {
  report(event: PushEvent): void;
  /** Says that nothing is under way any more; another push may follow. */
  settle(): void;
}

export interface PushReporterOptions {
  /** True if the plan is the answer, because it is not going to be carried out. */
  readonly showsPlan: boolean;
  /** True to print how and why each image is built. */
  readonly isVerbose?: boolean;
  /** Shared with the other reporters of the session. */
  readonly column: ServiceColumn;
}
