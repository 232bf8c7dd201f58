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

/** Smaller files have no holes that matter. */
const largeKilobytes = 1024;

/**
 * Prints the kilobytes of each directory as `du` does, then of each, after a line `holes`, the inode, size and blocks of its large
 * files. Names of files are not printed, as they may have any form.
 */
function sizesScript(directories: readonly string[]): string {
  const all = directories.map(shellQuote).join(' ');
  const find = `find "$directory" -type f -size +${largeKilobytes.toString()}k -exec stat -c '%i %s %b' '{}' +`;
  return `du -sk ${all} 2>/dev/null || true; for directory in ${all}; do echo holes; ${find} 2>/dev/null || true; done`;
}

/** The bytes of holes that `lines` of `<inode> <size> <blocks of 512 bytes>` tell of. A file of several names counts once. */
function holesOf(lines: string): number {
  const byInode = new Map(
    lines.split('\n').flatMap((line): [string, number][] => {
      const [, inode, size, blocks] = /^(\d+) (\d+) (\d+)$/.exec(line) ?? [];
      return inode === undefined ? [] : [[inode, Math.max(0, Number(size) - Number(blocks) * 512)]];
    }),
  );
  return [...byInode.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/**
 * Returns the bytes that a copy of each directory takes on the device's disk, whose engine writes holes of files as zeros; undefined if
 * the device does not report them without a key, or not of all. A file that goes meanwhile does not count.
 */
export const readCopiedBytes = (
  { runOnHost }: Pick<ReachedEngine, 'runOnHost'>,
  directories: readonly string[],
  signal: AbortSignal,
): Promise<readonly number[] | undefined> =>
  unlessUntold(
    async within => {
      const [table = '', ...holes] = (await runOnHost(sizesScript(directories), within)).split(/^holes$/m);
      const kilobytes = new Map(
        table.split('\n').flatMap((line): [string, number][] => {
          const [, size, directory] = /^(\d+)\s+(.+)$/.exec(line) ?? [];
          return directory === undefined ? [] : [[directory, Number(size)]];
        }),
      );
      const sizes = directories.flatMap(it => kilobytes.get(it) ?? []);
      if (sizes.length !== directories.length) return undefined;
      return sizes.map((it, index) => it * 1024 + holesOf(holes[index] ?? ''));
    },
    readingMs,
    signal,
  );
