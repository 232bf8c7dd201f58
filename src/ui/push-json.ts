import { renderJsonEvent } from './json-event.ts';
import type { Output } from './output.ts';
import type { PushReporter } from './push-report.ts';

/** One event a line. */
export const jsonPush = (output: Output): PushReporter => ({
  report: event => output.answer(renderJsonEvent(event)),
  [Symbol.dispose]: () => undefined,
});
