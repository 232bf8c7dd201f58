import type { InterfaceFailure } from '../discovery/found-device.ts';
import type { ScannedDevice } from '../discovery/scanned-device.ts';
import type { Output } from './output.ts';
import { scanCells, scanHeader, scanWidths } from './scan-cells.ts';
import { renderFailures, renderNothingFound } from './scan-notes.ts';
import type { ScanReporter, ScanReporterOptions } from './scan-report.ts';
import { tableLine } from './table.ts';

/** In front of each row when watching, where rows of three kinds follow each other. */
const watchWidths = [7, ...scanWidths];

/**
 * Lines, for files and pipes: the header once; a device's row as soon as it answers, and again whenever something of it
 * has become known.
 */
export function plainScan(output: Output, { isWatching, subnets }: ScanReporterOptions): ScanReporter {
  const failures: InterfaceFailure[] = [];
  let hasHeader = false;
  const row = (change: string, device: ScannedDevice): void => {
    const line = (first: string, cells: readonly string[]): string =>
      isWatching ? tableLine([first, ...cells], watchWidths) : tableLine(cells, scanWidths);
    const header = hasHeader ? '' : `${line('CHANGE', scanHeader)}\n`;
    hasHeader = true;
    output.answer(`${header}${line(change, scanCells(device))}\n`);
  };
  return {
    report(event) {
      switch (event.type) {
        case 'found':
          row('found', event.device);
          break;
        case 'changed':
        case 'merged':
          row('changed', event.device);
          break;
        case 'lost':
          if (isWatching) row('lost', event.device);
          break;
        case 'interface-failed':
          if (isWatching && !output.isQuiet) output.talk(renderFailures([event]));
          failures.push(event);
          break;
        case 'sweeping':
          break;
        case 'done':
          if (output.isQuiet) break;
          output.talk(renderFailures(failures));
          if (event.devices.length === 0) output.talk(renderNothingFound(event.interfaces, subnets));
          break;
      }
    },
    [Symbol.dispose]: () => undefined,
  };
}
