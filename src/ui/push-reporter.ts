import type { Output } from './output.ts';
import { jsonPush } from './push-json.ts';
import { plainPush } from './push-plain.ts';
import type { PushReporter, PushReporterOptions } from './push-report.ts';

/** The reporter for where the output goes. */
export const openPushReporter = (output: Output, options: PushReporterOptions): PushReporter =>
  output.mode === 'json' ? jsonPush(output) : plainPush(output, options);
