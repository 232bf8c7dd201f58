import type { LogEvent } from './log-line.ts';

/** A line that was read. Once reported, it is not read again. */
export interface ReadLine {
  /** RFC 3339 with nanoseconds, so that text order is time order. */
  readonly time: string;
  readonly report: () => void;
}

/** Logs that can be read up to now and then followed, without a gap or a duplicate in between. */
export interface LogSource {
  /** Reads the lines so far, each list in its own order. Skips lines already reported. */
  readPast(signal: AbortSignal): Promise<readonly AsyncIterable<ReadLine>[]>;
  /** Called when all of the past is reported and nothing is followed. Throws if nothing could be read. */
  assertReadable?(): void;
  /** Reports the lines after the past, until `signal` aborts; survives lost connections. */
  follow(signal: AbortSignal): Promise<void>;
}

export type ReportLog = (event: LogEvent) => void;

/** Resolves once what was reported is taken, or `signal` aborts; undefined where whoever takes it keeps up. */
export type AwaitReader = (signal: AbortSignal) => Promise<void> | undefined;
