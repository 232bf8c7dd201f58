import type { Output } from '../output.ts';
import { pushLines, writeLines } from './push-lines.ts';
import type { PushReporter, PushReporterOptions } from './push-report.ts';

/** Lines for files and pipes, each when it happens. */
export function plainPush(output: Output, options: PushReporterOptions): PushReporter {
  const render = pushLines(options, output.styleTalk);
  return {
    report: event => writeLines(output, render(event)),
    settle: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
}
