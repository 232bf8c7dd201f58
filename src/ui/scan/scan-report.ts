import type { ScanEvent } from '../../discovery/scan/scanned-device.ts';

/** Prints the events of a scan. Disposed at its end, also after an error. */
export interface ScanReporter extends Disposable {
  report(event: ScanEvent): void;
}

export interface ScanReporterOptions {
  readonly isWatching: boolean;
  /** Swept subnets, to name them when nothing is found. */
  readonly subnets: readonly string[];
}
