import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
import { shellQuote } from '../../core/shell-quote.ts';
import { PortFailure } from '../../net/tcp.ts';
import type { ReachedEngine } from './reached-engine.ts';

/** A device that does not answer in this time is pushed to without the check. */
const patienceMs = 3000;
/** The same where it reads whole directories. */
const readingMs = 30_000;

/** Runs `work`; returns undefined if the device does not answer within `limitMs`, or only with a key. */
async function unlessUntold<T>(
  work: (signal: AbortSignal) => Promise<T>,
  limitMs: number,
  signal: AbortSignal,
): Promise<T | undefined> {
  using deadline = openDeadline(signal, limitMs);
  try {
    return await work(deadline.signal);
  } catch (error) {
    signal.throwIfAborted();
    const isUntold = error instanceof OsError || error instanceof PortFailure || deadline.signal.aborted;
    if (!isUntold) throw error;
    return undefined;
  }
}

/**
 * Returns the bytes free where the engine stores images; undefined if the device does not report them without a key.
 */
export const readFreeBytes = (
  { engine, rootDirectory, runOnHost }: Pick<ReachedEngine, 'engine' | 'rootDirectory' | 'runOnHost'>,
  signal: AbortSignal,
): Promise<number | undefined> =>
  unlessUntold(
    async within => {
      const directory = rootDirectory ?? (await engine.readInfo(within)).rootDirectory;
      const table = await runOnHost(`df -kP ${shellQuote(directory)}`, within);
      const [, , , available] = table.trim().split('\n').at(-1)?.split(/\s+/) ?? [];
      const kilobytes = Number(available);
      return available !== undefined && Number.isFinite(kilobytes) ? kilobytes * 1024 : undefined;
    },
    patienceMs,
    signal,
  );

/**
 * Returns the bytes that each directory takes on the device's disk; undefined if the device does not report them without a key, or
 * not of all. A file that goes meanwhile does not count.
 */
export const readUsedBytes = (
  { runOnHost }: Pick<ReachedEngine, 'runOnHost'>,
  directories: readonly string[],
  signal: AbortSignal,
): Promise<readonly number[] | undefined> =>
  unlessUntold(
    async within => {
      const table = await runOnHost(
        `du -sk ${directories.map(shellQuote).join(' ')} 2>/dev/null || true`,
        within,
      );
      const kilobytes = new Map(
        table.split('\n').flatMap((line): [string, number][] => {
          const [, size, directory] = /^(\d+)\s+(.+)$/.exec(line) ?? [];
          return directory === undefined ? [] : [[directory, Number(size)]];
        }),
      );
      const sizes = directories.flatMap(it => kilobytes.get(it) ?? []);
      return sizes.length === directories.length ? sizes.map(it => it * 1024) : undefined;
    },
    readingMs,
    signal,
  );
