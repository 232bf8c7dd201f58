import { sanitizeLine } from '../core/sanitize.ts';
import type { LogEvent, LogLine } from '../logs/log-line.ts';
import { renderJsonEvent } from './json-event.ts';
import { note, type Output } from './output.ts';
import { servicePrefix } from './service-prefix.ts';

export interface LogReporterOptions {
  /** Names to be expected, for the width of the column; empty for no column. */
  readonly services: readonly string[];
  readonly showsTimes: boolean;
  /** Text goes to the terminal as it is, control sequences included. */
  readonly isRaw: boolean;
  /** Whether people are told otherwise why a container has started or ended. */
  readonly isExplained?: (event: LogEvent & { type: 'container' }) => boolean;
}

/** Foreign text on a terminal: tabs are the one control character that lines of logs live on. */
const tame = (text: string): string => text.split('\t').map(sanitizeLine).join('\t');

function plainLog(
  output: Output,
  { services, showsTimes, isRaw, isExplained }: LogReporterOptions,
): (event: LogEvent) => void {
  const prefixes = {
    stdout: servicePrefix(services, output.styleAnswer),
    stderr: servicePrefix(services, output.styleTalk),
  };
  const render = ({ service, stream, time, text }: LogLine): string =>
    [
      ...(services.length === 0 ? [] : [prefixes[stream](sanitizeLine(service))]),
      ...(showsTimes ? [sanitizeLine(time)] : []),
      isRaw ? text : tame(text),
    ].join(' ');
  return event => {
    switch (event.type) {
      case 'log':
        if (event.stream === 'stdout') output.answer(`${render(event)}\n`);
        else output.talk(`${render(event)}\n`);
        break;
      case 'container':
        if (isExplained?.(event) !== true) note(output, `${sanitizeLine(event.service)} has ${event.state}`);
        break;
      case 'connection':
        note(output, event.state === 'lost' ? 'the connection is lost; trying again' : 'connected again');
        break;
    }
  };
}

/** Prints lines as they come: a service's stdout on ours, its stderr on ours; with `--json` one event a line. */
export const openLogReporter = (output: Output, options: LogReporterOptions): ((event: LogEvent) => void) =>
  output.mode === 'json' ? event => output.answer(renderJsonEvent(event)) : plainLog(output, options);
