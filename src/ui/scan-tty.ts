import type { InterfaceFailure } from '../discovery/found-device.ts';
import type { ScanEvent, ScannedDevice } from '../discovery/scanned-device.ts';
import { displayWidth } from './display-width.ts';
import type { Output } from './output.ts';
import { scanCells, scanHeader } from './scan-cells.ts';
import { renderFailures, renderNothingFound } from './scan-notes.ts';
import { plainScan } from './scan-plain.ts';
import type { ScanReporter, ScanReporterOptions } from './scan-report.ts';
import { renderTable } from './table.ts';

const upAndErase = (lines: number): string => (lines > 0 ? `\x1b[${lines.toString()}F\x1b[J` : '');

/** A table redrawn in place, for a person. The cursor stays visible below it. Too many rows for the screen: lines. */
export function ttyScan(output: Output, options: ScanReporterOptions): ScanReporter {
  const devices = new Map<string, ScannedDevice>();
  const failures: InterfaceFailure[] = [];
  let drawn: string[] = [];
  let footer = options.isWatching ? 'watching; Ctrl-C ends' : 'searching…';
  let overflow: ScanReporter | undefined;

  const erase = (): string => {
    // A line may have wrapped when the window got narrower since.
    const lines = drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / output.columns())),
      0,
    );
    drawn = [];
    return upAndErase(lines);
  };
  const draw = (above = ''): void => {
    const cells = [...devices.values()].map(scanCells).sort((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));
    const table = devices.size === 0 ? [] : renderTable([scanHeader, ...cells], output.columns());
    const lines = footer === '' ? table : [...table, footer];
    const erased = erase();
    if (lines.length >= output.rows()) {
      output.answer(erased + above);
      overflow = plainScan(output, options);
      for (const device of devices.values()) overflow.report({ type: 'found', device });
      return;
    }
    drawn = lines;
    const styled = lines.map((line, i) => {
      if (i === table.length) return output.styleAnswer('dim', line);
      return i === 0 ? output.styleAnswer('bold', line) : line;
    });
    output.answer(erased + above + styled.map(line => `${line}\n`).join(''));
  };
  const apply = (event: ScanEvent): string => {
    switch (event.type) {
      case 'found':
      case 'changed':
        devices.set(event.device.key, event.device);
        return '';
      case 'merged':
        devices.delete(event.absorbed);
        devices.set(event.device.key, event.device);
        return '';
      case 'lost':
        devices.delete(event.device.key);
        return options.isWatching ? `${scanCells(event.device)[0] ?? ''} has left\n` : '';
      case 'interface-failed':
        failures.push(event);
        return '';
      case 'sweeping':
        footer = `sweeping ${event.subnet}: ${event.checkedCount.toString()} of ${event.addressCount.toString()}`;
        return '';
      case 'done':
        footer = '';
        return '';
    }
  };
  draw();
  return {
    report(event) {
      if (overflow !== undefined) {
        overflow.report(event);
        return;
      }
      draw(apply(event));
      if (event.type !== 'done' || output.isQuiet) return;
      output.talk(renderFailures(failures));
      if (event.devices.length === 0) output.talk(renderNothingFound(event.interfaces, options.subnets));
    },
    [Symbol.dispose]() {
      footer = '';
      if (overflow === undefined) draw();
    },
  };
}
