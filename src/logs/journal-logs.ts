/** The host's journal. journald gives every entry a cursor, so that a lost connection loses and repeats nothing. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { systemClock, type Clock } from '../core/clock.ts';
import { OsError, type ErrorCode } from '../core/errors.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { jsonOf } from '../net/json-fields.ts';
import type { RemoteExit } from '../ssh/process/remote-exit.ts';
import { parseJournalEntry } from './journal-entry.ts';
import { parseWrapped, wrappedScript } from './journal-wrapped.ts';
import type { AwaitReader, LogSource, ReadLine, ReportLog } from './log-source.ts';
import { since1970, type Since } from './parse-since.ts';

export interface JournalOptions {
  /** systemd units; empty for the whole journal. */
  readonly units: readonly string[];
  /** True: skips earlier boots. */
  readonly isBootOnly: boolean;
  /** True: leaves out the output of containers, for a reader that also follows them through the engine. */
  readonly isWithoutContainers?: boolean | undefined;
  readonly tail?: number | undefined;
  readonly since?: Since | undefined;
  readonly report: ReportLog;
  /** Awaited after each entry that is followed: no more is read than is taken. */
  readonly awaitReader?: AwaitReader | undefined;
  readonly clock?: Clock;
}

/** Starts a command on the host; `ended` rejects when the connection is lost. */
export type RunOnHost = (
  command: string,
  signal: AbortSignal,
) => Promise<
  AsyncDisposable & {
    readonly stdout: Readable;
    readonly stderr: Readable;
    readonly ended: Promise<RemoteExit>;
  }
>;

const retryMs = 1000;

/** Errors while a device that was there reboots, or this machine is off the network. */
const awayCodes: ReadonlySet<ErrorCode> = new Set([
  'connection-lost',
  'device-unreachable',
  'device-not-found',
  'network-unavailable',
]);

/** Returns the last line that a program has said. */
function collectLastLine(stderr: Readable): () => string {
  let said = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  return () => sanitizeLine(said.trimEnd().split('\n').at(-1) ?? '');
}

/** A word of shell for a time on the device's own clock. journalctl refuses times before 1970. */
const toArgument = (since: Since): string =>
  'unix' in since
    ? `@${since1970(since.unix)}`
    : `@$(s=$(($(date +%s) - ${since.agoS.toString()})); echo $((s > 0 ? s : 0)))`;

function commandOf(
  { units, isBootOnly, isWithoutContainers, tail, since }: JournalOptions,
  { cursor, follow }: { readonly cursor: string | undefined; readonly follow: boolean },
): string {
  // journalctl would count the entries that are left out here, so all are read and the last ones are counted here.
  const isCountedHere = isWithoutContainers === true && !follow;
  const past =
    cursor === undefined
      ? ['-n', isCountedHere ? 'all' : (tail?.toString() ?? 'all')]
      : [`--after-cursor=${cursor}`, ...(follow ? ['-n', 'all'] : [])];
  const words = [
    'journalctl',
    '--output=json',
    '--all', // or fields of more than 4 kB are null
    '--quiet',
    '--no-pager',
    // Entries after a cursor belong to its boot, or to a later one.
    ...(isBootOnly && cursor === undefined ? ['--boot'] : []),
    ...units.map(unit => `--unit=${unit}`),
    ...(follow ? ['--follow'] : []),
    ...past,
  ].map(shellQuote);
  if (cursor === undefined && since !== undefined) words.push(`--since=${toArgument(since)}`);
  return words.join(' ');
}

async function* takeLast<T>(items: AsyncIterable<T>, count: number): AsyncGenerator<T> {
  const last: T[] = [];
  for await (const item of items) {
    last.push(item);
    if (last.length > count) last.shift();
  }
  yield* last;
}

export class JournalLogs implements LogSource {
  readonly #run: RunOnHost;
  readonly #options: JournalOptions;
  #cursor: string | undefined;

  constructor(run: RunOnHost, options: JournalOptions) {
    this.#run = run;
    this.#options = options;
  }

  async readPast(signal: AbortSignal): Promise<readonly AsyncIterable<ReadLine>[]> {
    if (this.#cursor === undefined) await this.#warnIfWrapped(signal);
    const { isWithoutContainers, tail } = this.#options;
    const past = this.#read(signal, { follow: false });
    return [
      isWithoutContainers === true && tail !== undefined && this.#cursor === undefined
        ? takeLast(past, tail)
        : past,
    ];
  }

  async follow(signal: AbortSignal): Promise<void> {
    const { report, awaitReader, clock = systemClock } = this.#options;
    let isLost = false;
    const onOpen = (): void => {
      if (isLost) report({ type: 'connection', state: 'restored' });
      isLost = false;
    };
    const reportAll = async (lines: AsyncIterable<ReadLine>): Promise<void> => {
      for await (const line of lines) {
        line.report();
        await awaitReader?.(signal);
        signal.throwIfAborted();
      }
    };
    for (;;) {
      try {
        // journalctl --follow reads only the current boot (systemd 250), so the rest of the previous one is read first.
        if (isLost) await reportAll(this.#read(signal, { follow: false, onOpen }));
        await reportAll(this.#read(signal, { follow: true, onOpen }));
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof OsError) || !awayCodes.has(error.code)) throw error;
        if (!isLost) report({ type: 'connection', state: 'lost' });
        isLost = true;
      }
      await clock.sleep(retryMs, signal);
    }
  }

  async *#read(
    signal: AbortSignal,
    { follow, onOpen }: { readonly follow: boolean; readonly onOpen?: () => void },
  ): AsyncGenerator<ReadLine> {
    const { report, isWithoutContainers } = this.#options;
    await using journal = await this.#run(commandOf(this.#options, { follow, cursor: this.#cursor }), signal);
    onOpen?.();
    const lastSaid = collectLastLine(journal.stderr);
    let isTorn = false;
    for await (const json of createInterface({ input: journal.stdout })) {
      const value = jsonOf(json);
      // No JSON: a line that was cut off.
      isTorn = value === undefined;
      const entry = parseJournalEntry(value);
      if (entry === undefined || (isWithoutContainers === true && entry.isOfContainer)) continue;
      const { cursor, lines } = entry;
      yield {
        time: lines[0]?.time ?? '',
        report: () => {
          this.#cursor = cursor;
          for (const line of lines) report(line);
        },
      };
    }
    const exit = await journal.ended;
    if (isTorn || 'signal' in exit)
      throw new OsError('connection-lost', 'the journal was cut off: journalctl was ended on the device');
    // Whatever keeps it from following has kept it from reading the past; a device that reboots ends it too.
    if (!follow && exit.status !== 0)
      throw new OsError(
        'host-refused',
        `journalctl fails on the device: ${lastSaid() || `status ${exit.status.toString()}`}`,
      );
  }

  /** A journal in memory drops its oldest entries; a person who reads them should know. */
  async #warnIfWrapped(signal: AbortSignal): Promise<void> {
    await using answer = await this.#run(wrappedScript, signal);
    answer.stderr.resume();
    const lines: string[] = [];
    for await (const line of createInterface({ input: answer.stdout })) lines.push(line);
    await answer.ended;
    const oldest = parseWrapped(lines);
    if (oldest !== undefined) this.#options.report({ type: 'journal-wrapped', oldest });
  }
}
