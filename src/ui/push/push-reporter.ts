import { systemClock, type Clock } from '../../core/clock.ts';
import type { Output } from '../output.ts';
import { plainPush } from './push-plain.ts';
import type { PushReporter, PushReporterOptions } from './push-report.ts';
import { ttyPush } from './push-tty.ts';

/** The reporter of a push for people: redrawn on a terminal, plain lines elsewhere. */
export function openPushReporter(
  output: Output,
  options: PushReporterOptions,
  clock: Clock = systemClock,
): PushReporter {
  const isWatched = output.isTalkTty && !output.isQuiet && !options.showsPlan;
  return isWatched ? ttyPush(output, options, clock) : plainPush(output, options);
}
