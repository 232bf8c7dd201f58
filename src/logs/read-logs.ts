import { systemClock, type Clock } from '../core/clock.ts';
import { OsError } from '../core/errors.ts';
import { together } from '../core/together.ts';
import type { AwaitReader, LogSource, ReportLog } from './log-source.ts';
import { mergeByTime } from './merge-by-time.ts';

export interface ReadLogsOptions {
  readonly follow: boolean;
  readonly signal: AbortSignal;
  readonly report: ReportLog;
  /** Awaited after each line of the past. */
  readonly awaitReader?: AwaitReader | undefined;
  /** Called once, when the past is reported and before anything is followed. */
  readonly onPastRead?: () => void;
  readonly clock?: Clock;
}

const retryMs = 500;

export const isConnectionLost = (error: unknown): boolean =>
  error instanceof OsError && (error.code === 'connection-lost' || error.code === 'device-unreachable');

async function reportPast(
  sources: readonly LogSource[],
  { signal, awaitReader }: Pick<ReadLogsOptions, 'signal' | 'awaitReader'>,
): Promise<void> {
  const lines = await Promise.all(sources.map(source => source.readPast(signal)));
  for await (const line of mergeByTime(lines.flat())) {
    line.report();
    await awaitReader?.(signal);
    signal.throwIfAborted();
  }
}

/** Reports every line of `sources`: the past in order of time, then with `follow` new lines, until `signal` aborts. */
export async function readLogs(
  sources: readonly LogSource[],
  { follow, signal, report, awaitReader, onPastRead, clock = systemClock }: ReadLogsOptions,
): Promise<void> {
  for (let isLost = false; ; isLost = true) {
    try {
      await reportPast(sources, { signal, awaitReader });
      if (isLost) report({ type: 'connection', state: 'restored' });
      break;
    } catch (error) {
      signal.throwIfAborted();
      if (!follow || !isConnectionLost(error)) throw error;
      if (!isLost) report({ type: 'connection', state: 'lost' });
      await clock.sleep(retryMs, signal);
    }
  }
  if (!follow) for (const source of sources) source.assertReadable?.();
  onPastRead?.();
  if (follow)
    await together(
      signal,
      sources.map(source => (innerSignal: AbortSignal) => source.follow(innerSignal)),
    );
}
