import { openDeadline } from '../core/deadline.ts';
import { shellQuote } from '../core/shell-quote.ts';
import type { ReachedEngine } from './reached-engine.ts';

/** A device that does not tell in this time is pushed to nevertheless. */
const patienceMs = 3000;

/** Bytes free where the engine keeps images; undefined where nobody tells without being asked for a key. */
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
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
