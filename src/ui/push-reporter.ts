import { systemClock, type Clock } from '../core/clock.ts';
import type { Output } from './output.ts';
import { jsonPush } from './push-json.ts';
import { plainPush } from './push-plain.ts';
import type { PushReporter, PushReporterOptions } from './push-report.ts';
import { ttyPush } from './push-tty.ts';

/** The reporter for where the output goes. */
export function openPushReporter(
  output: Output,
  options: PushReporterOptions,
  clock: Clock = systemClock,
): PushReporter {
  if (output.mode === 'json') return jsonPush(output);
  const isWatched = output.isTalkTty && !output.isQuiet && !options.showsPlan;
  return isWatched ? ttyPush(output, options, clock) : plainPush(output, options);
}
