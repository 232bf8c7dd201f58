import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
import { shellQuote } from '../../core/shell-quote.ts';
import { PortFailure } from '../../net/tcp.ts';
import type { ReachedEngine } from './reached-engine.ts';

/** A device that does not answer in this time is pushed to without the check. */
const patienceMs = 3000;

/**
 * Returns the bytes free where the engine stores images; undefined if the device does not report them without a key.
 */
export async function readFreeBytes(
  { engine, rootDirectory, runOnHost }: ReachedEngine,
  signal: AbortSignal,
): Promise<number | undefined> {
  using deadline = openDeadline(signal, patienceMs);
  try {
    const directory = rootDirectory ?? (await engine.readInfo(deadline.signal)).rootDirectory;
    const table = await runOnHost(`df -kP ${shellQuote(directory)}`, deadline.signal);
    const [, , , available] = table.trim().split('\n').at(-1)?.split(/\s+/) ?? [];
    const kilobytes = Number(available);
    return available !== undefined && Number.isFinite(kilobytes) ? kilobytes * 1024 : undefined;
  } catch (error) {
    signal.throwIfAborted();
    const isUntold = error instanceof OsError || error instanceof PortFailure || deadline.signal.aborted;
    if (!isUntold) throw error;
    return undefined;
  }
}
