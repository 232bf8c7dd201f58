import type { Output } from './output.ts';
import type { ScanReporter } from './scan-report.ts';

/** Watching: one event a line. Otherwise one document when done. */
export function jsonScan(output: Output, options: { isWatching: boolean }): ScanReporter {
  return {
    report(event) {
      if (options.isWatching) output.answer(`${JSON.stringify(event)}\n`);
      else if (event.type === 'done')
        output.answer(
          `${JSON.stringify({ ok: true, result: { devices: event.devices, interfaces: event.interfaces } })}\n`,
        );
    },
    [Symbol.dispose]: () => undefined,
  };
}
