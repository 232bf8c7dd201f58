import { sanitizeLine } from '../../core/sanitize.ts';
import type { LogEvent, LogLine } from '../../logs/log-line.ts';
import { note, type Output } from '../output.ts';
import type { JsonEvents } from '../json-events.ts';
import type { ServiceColumn } from '../service-column.ts';
import { terminalLine } from '../terminal-line.ts';

export interface LogReporterOptions {
  /** Names in front of lines. */
  readonly column: ServiceColumn;
  readonly showsTimes: boolean;
  /** True if text goes to the terminal unchanged, control sequences included. */
  readonly isRaw: boolean;
  /** Returns true if another event explains to people why a container has started or ended. */
  readonly isExplained?: (event: LogEvent & { readonly type: 'container' }) => boolean;
}

/** Prints lines immediately: a service's stdout on stdout, its stderr on stderr. */
export function openLogReporter(
  output: Output,
  { column, showsTimes, isRaw, isExplained }: LogReporterOptions,
): (event: LogEvent) => void {
  const styles = { stdout: output.styleAnswer, stderr: output.styleTalk };
  const render = ({ service, stream, time, text, bytes }: LogLine): string | Uint8Array => {
    column.expect([service]);
    const before = [
      ...(column.isShown ? [column.prefix(service, styles[stream])] : []),
      ...(showsTimes ? [sanitizeLine(time)] : []),
    ];
    const line = (shown: string): string => `${[...before, shown].join(' ')}\n`;
    if (!isRaw) return line(terminalLine(text));
    if (bytes === undefined) return line(text);
    return Buffer.concat([Buffer.from(line('').slice(0, -1)), bytes, Buffer.from('\n')]);
  };
  return event => {
    switch (event.type) {
      case 'log':
        if (event.stream === 'stdout') output.answer(render(event));
        else output.talk(render(event));
        break;
      case 'container':
        if (isExplained?.(event) !== true) note(output, `${sanitizeLine(event.service)} has ${event.state}`);
        break;
      case 'unreadable':
        note(
          output,
          `the log of ${sanitizeLine(event.service)} cannot be read: ${sanitizeLine(event.message)}`,
        );
        break;
      case 'journal-wrapped':
        note(
          output,
          `the device keeps its journal in memory and has dropped what is older than ${sanitizeLine(event.oldest)}; persistentLogging in its config.json keeps it`,
        );
        break;
      case 'connection':
        note(output, event.state === 'lost' ? 'the connection is lost; reconnecting' : 'connected again');
        break;
    }
  };
}

/** Prints one event a line. Text is exact but for the carriage return at the end of a terminal's lines. */
export const jsonLog =
  ({ report }: JsonEvents): ((event: LogEvent) => void) =>
  event => {
    if (event.type === 'log') {
      const { bytes: _bytes, ...line } = event;
      report({ ...line, text: line.text.replace(/\r$/, '') });
    } else report(event);
  };
