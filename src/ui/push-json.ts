import type { Output } from './output.ts';
import type { PushReporter } from './push-report.ts';

/** One event a line. */
export const jsonPush = (output: Output): PushReporter => ({
  report: event => output.answer(`${JSON.stringify(event)}\n`),
  [Symbol.dispose]: () => undefined,
});
