import { together } from './together.ts';

/** `together`, with at most `limit` tasks at a time, started in the order given. */
export async function bounded(
  signal: AbortSignal,
  limit: number,
  tasks: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const waiting = [...tasks];
  const worker = async (innerSignal: AbortSignal): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      innerSignal.throwIfAborted();
      await task(innerSignal);
    }
  };
  await together(
    signal,
    Array.from({ length: Math.min(limit, tasks.length) }, () => worker),
  );
}
