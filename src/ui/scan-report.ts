import type { ScanEvent } from '../discovery/scanned-device.ts';

/** Prints a scan as it goes. Disposed when the scan is over, however it ended. */
export interface ScanReporter extends Disposable {
  report(event: ScanEvent): void;
}

export interface ScanReporterOptions {
  isWatching: boolean;
  /** Swept subnets, to name them when nothing is found. */
  subnets: readonly string[];
}
