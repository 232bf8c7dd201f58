import type { InterfaceFailure } from '../../discovery/found-device.ts';
import type { ScannedDevice } from '../../discovery/scan/scanned-device.ts';
import { wrapTalk, type Output } from '../output.ts';
import { openRowTable, scanCells, scanHeader } from './scan-cells.ts';
import { renderFailures, renderNothingFound } from './scan-notes.ts';
import type { ScanReporter, ScanReporterOptions } from './scan-report.ts';

/**
 * Lines, for files and pipes: the header once, and a device's row once its details are known or its probes have ended.
 * Watching, a row also for each change and departure.
 */
export function plainScan(output: Output, { isWatching, subnets }: ScanReporterOptions): ScanReporter {
  const failures: InterfaceFailure[] = [];
  const first = isWatching ? ['CHANGE'] : [];
  const table = openRowTable(first);
  /** By key, devices whose row is not printed yet. */
  const pending = new Map<string, ScannedDevice>();
  /** By key, the row that was printed last. */
  const printed = new Map<string, string>();
  let hasHeader = false;

  /** The first answer shows at once that something was found. */
  const printHeader = (): void => {
    if (!hasHeader) output.answer(`${table.line(scanHeader(first))}\n`);
    hasHeader = true;
  };
  const print = (change: string, device: ScannedDevice): void => {
    const cells = scanCells(device);
    pending.delete(device.key);
    printed.set(device.key, cells.join(' '));
    output.answer(`${table.line(isWatching ? [change, ...cells] : cells)}\n`);
  };
  const update = (device: ScannedDevice): void => {
    const { key, state } = device;
    printHeader();
    const before = printed.get(key);
    if (before === undefined && state === 'probing') pending.set(key, device);
    else if (before === undefined) print('found', device);
    else if (isWatching && state !== 'probing' && before !== scanCells(device).join(' '))
      print('changed', device);
  };
  const flush = (): void => {
    for (const device of [...pending.values()]) print('found', device);
  };
  return {
    report(event) {
      switch (event.type) {
        case 'found':
        case 'changed':
          update(event.device);
          break;
        case 'merged': {
          const before = printed.get(event.absorbed);
          pending.delete(event.absorbed);
          if (before !== undefined) pending.delete(event.device.key);
          if (before !== undefined && !printed.has(event.device.key)) printed.set(event.device.key, before);
          update(event.device);
          break;
        }
        case 'lost':
          if (pending.has(event.device.key)) print('found', event.device);
          if (isWatching) print('lost', event.device);
          printed.delete(event.device.key);
          break;
        case 'interface-failed':
          if (isWatching && !output.isQuiet) output.talk(wrapTalk(output, renderFailures([event]), 4));
          failures.push(event);
          break;
        case 'sweeping':
          break;
        case 'done':
          flush();
          if (output.isQuiet) break;
          output.talk(wrapTalk(output, renderFailures(failures), 4));
          if (event.devices.length === 0)
            output.talk(wrapTalk(output, renderNothingFound(event.interfaces, subnets), 4));
          break;
      }
    },
    [Symbol.dispose]: flush,
  };
}
