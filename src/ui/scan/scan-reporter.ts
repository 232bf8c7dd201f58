import type { Output } from '../output.ts';
import { jsonScan } from './scan-json.ts';
import { plainScan } from './scan-plain.ts';
import type { ScanReporter, ScanReporterOptions } from './scan-report.ts';
import { ttyScan } from './scan-tty.ts';

/** Opens the reporter that suits the output. */
export function openScanReporter(output: Output, options: ScanReporterOptions): ScanReporter {
  switch (output.mode) {
    case 'tty':
      return ttyScan(output, options);
    case 'plain':
      return plainScan(output, options);
    case 'json':
      return jsonScan(output, options);
  }
}
