import { toJsonLine } from '../../core/json-line.ts';
import { renderJsonEvent } from '../json-event.ts';
import type { ScannedDevice } from '../../discovery/scan/scanned-device.ts';
import type { Output } from '../output.ts';
import type { ScanReporter } from './scan-report.ts';

/** The answer of a scan that ends. */
export interface ScanResult {
  readonly devices: readonly ScannedDevice[];
  /** Network interfaces on which devices were looked for. */
  readonly interfaces: readonly string[];
}

/** Watching: one event a line. Otherwise one document when done. */
export function jsonScan(output: Output, options: { readonly isWatching: boolean }): ScanReporter {
  return {
    report(event) {
      if (options.isWatching) output.answer(renderJsonEvent(event));
      else if (event.type === 'done') {
        const result: ScanResult = { devices: event.devices, interfaces: event.interfaces };
        output.answer(toJsonLine({ ok: true, result }));
      }
    },
    [Symbol.dispose]: () => undefined,
  };
}
