import { toJsonLine } from '../core/json-line.ts';
import { renderJsonEvent } from './json-event.ts';
import type { Output } from './output.ts';
import type { ScanReporter } from './scan-report.ts';

/** Watching: one event a line. Otherwise one document when done. */
export function jsonScan(output: Output, options: { isWatching: boolean }): ScanReporter {
  return {
    report(event) {
      if (options.isWatching) output.answer(renderJsonEvent(event));
      else if (event.type === 'done')
        output.answer(
          toJsonLine({ ok: true, result: { devices: event.devices, interfaces: event.interfaces } }),
        );
    },
    [Symbol.dispose]: () => undefined,
  };
}
