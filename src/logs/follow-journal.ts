/** The host's journal. journald gives every entry a cursor, so that a lost connection loses and repeats nothing. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { systemClock, type Clock } from '../core/clock.ts';
import { OsError } from '../core/errors.ts';
import { shellQuote } from '../core/shell-quote.ts';
import type { LogEvent, LogLine } from './log-line.ts';

export interface JournalOptions {
  readonly follow: boolean;
  readonly tail?: number | undefined;
  /** Seconds since 1970. */
  readonly since?: string | undefined;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** Starts a command on the host and gives what it prints; `ended` rejects when the connection is lost. */
export type RunOnHost = (
  command: string,
  signal: AbortSignal,
) => Promise<AsyncDisposable & { readonly stdout: Readable; readonly ended: Promise<unknown> }>;

const retryMs = 1000;

function commandOf({ follow, tail, since }: JournalOptions, cursor: string | undefined): string {
  const past =
    cursor === undefined
      ? [
          ...(tail === undefined ? ['-n', 'all'] : ['-n', tail.toString()]),
          ...(since ? ['--since', `@${since}`] : []),
        ]
      : [`--after-cursor=${cursor}`];
  return ['journalctl', '-o', 'json', '--no-pager', ...(follow ? ['-f'] : []), ...past]
    .map(shellQuote)
    .join(' ');
}

/** journald writes what is no text as a list of bytes. */
const textOf = (field: unknown): string =>
  typeof field === 'string'
    ? field
    : Array.isArray(field)
      ? Buffer.from(field as number[]).toString('utf8')
      : '';

/** One line of `journalctl -o json`. */
export function parseJournalEntry(json: string): { cursor: string; line: LogLine } {
  const entry = JSON.parse(json) as Record<string, unknown>;
  const microseconds = Number(textOf(entry['__REALTIME_TIMESTAMP']));
  const unit = textOf(entry['_SYSTEMD_UNIT']);
  return {
    cursor: textOf(entry['__CURSOR']),
    line: {
      ...{ type: 'log', stream: 'stdout', container: unit },
      service: textOf(entry['SYSLOG_IDENTIFIER']) || unit,
      time: new Date(microseconds / 1000).toISOString(),
      text: textOf(entry['MESSAGE']),
    },
  };
}

const isLost = (error: unknown): boolean =>
  error instanceof OsError && (error.code === 'connection-lost' || error.code === 'device-unreachable');

/** Reports the journal's entries to its end, or with `follow` until `signal` aborts. */
export async function followJournal(
  run: RunOnHost,
  options: JournalOptions,
  report: (event: LogEvent) => void,
): Promise<void> {
  const { follow, signal, clock = systemClock } = options;
  let cursor: string | undefined;
  let isLostNow = false;
  for (;;) {
    try {
      await using journal = await run(commandOf(options, cursor), signal);
      if (isLostNow) report({ type: 'connection', state: 'restored' });
      isLostNow = false;
      for await (const json of createInterface({ input: journal.stdout })) {
        const entry = parseJournalEntry(json);
        ({ cursor } = entry);
        report(entry.line);
      }
      await journal.ended;
      if (!follow) return;
    } catch (error) {
      signal.throwIfAborted();
      if (!follow || !isLost(error)) throw error;
      if (!isLostNow) report({ type: 'connection', state: 'lost' });
      isLostNow = true;
    }
    await clock.sleep(retryMs, signal);
  }
}
