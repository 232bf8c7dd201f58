import type { InterfaceFailure } from '../../discovery/found-device.ts';
import type { ScanEvent, ScannedDevice } from '../../discovery/scan/scanned-device.ts';
import { displayWidth, fit } from '../display-width.ts';
import { note, wrapTalk, type Output } from '../output.ts';
import { describeHidden } from '../table.ts';
import { openScanTable, scanCells } from './scan-cells.ts';
import { renderFailures, renderNothingFound } from './scan-notes.ts';
import type { ScanReporter, ScanReporterOptions } from './scan-report.ts';

const upAndErase = (lines: number): string => (lines > 0 ? `\x1b[${lines.toString()}F\x1b[J` : '');

/**
 * A table redrawn in place, for a person. The cursor stays visible below it. While it has more rows than the screen, the
 * last line counts those that do not fit; the table that stays has all of them.
 */
export function ttyScan(output: Output, options: ScanReporterOptions): ScanReporter {
  const devices = new Map<string, ScannedDevice>();
  const failures: InterfaceFailure[] = [];
  const table = openScanTable();
  let hidden: readonly string[] = [];
  let drawn: readonly string[] = [];
  let footer = options.isWatching ? 'watching; Ctrl-C ends' : 'searching…';
  let isOver = false;

  const erase = (): string => {
    // A line may have wrapped since the window was made narrower.
    const lines = drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / output.columns())),
      0,
    );
    return upAndErase(lines);
  };
  const tableLines = (): readonly string[] => {
    if (devices.size === 0) return [];
    const rows = [...devices.values()].map(scanCells).sort((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));
    const rendered = table.render(rows, output.columns());
    ({ hidden } = rendered);
    return rendered.lines;
  };
  const draw = (above = ''): void => {
    const all = tableLines();
    // One row for the footer, and one for the cursor.
    const room = Math.max(2, output.rows() - 2);
    const shown = isOver ? all : all.slice(0, room);
    const more = all.length - shown.length;
    const last = [...(more > 0 ? [`… and ${more.toString()} more`] : []), ...(footer === '' ? [] : [footer])];
    const lines = last.length === 0 ? shown : [...shown, fit(last.join('; '), output.columns())];
    const erased = erase();
    drawn = lines;
    const styled = lines.map((line, i) => {
      if (i === shown.length) return output.styleAnswer('dim', line);
      return i === 0 ? output.styleAnswer('bold', line) : line;
    });
    output.answer(erased + above + styled.map(line => `${line}\n`).join(''));
  };
  const end = (): void => {
    if (isOver) return;
    footer = '';
    isOver = true;
    draw();
    for (const line of describeHidden(hidden)) note(output, line);
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
        return '';
    }
  };
  draw();
  return {
    report(event) {
      const above = apply(event);
      if (event.type !== 'done') {
        draw(above);
        return;
      }
      end();
      if (output.isQuiet) return;
      output.talk(wrapTalk(output, renderFailures(failures), 4));
      if (event.devices.length === 0)
        output.talk(wrapTalk(output, renderNothingFound(event.interfaces, options.subnets), 4));
    },
    [Symbol.dispose]: end,
  };
}
