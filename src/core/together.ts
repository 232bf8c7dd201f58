/**
 * Runs `tasks` at the same time under one signal. The first to fail aborts the others; all have ended when this
 * settles. Throws that first failure.
 */
export async function together(
  signal: AbortSignal,
  tasks: readonly ((signal: AbortSignal) => Promise<unknown>)[],
): Promise<void> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const failures: unknown[] = [];
  await Promise.all(
    tasks.map(async task => {
      try {
        await task(both);
      } catch (error) {
        failures.push(error);
        stop.abort(error);
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
}

/**
 * Runs `main` beside `others`, which have no end of their own. When `main` has ended, the others are aborted, and all
 * have ended when this settles. Returns what `main` returns. Throws the first failure, which aborts everything else.
 */
export async function runBeside<T>(
  signal: AbortSignal,
  main: (signal: AbortSignal) => Promise<T>,
  others: readonly ((signal: AbortSignal) => Promise<unknown>)[],
): Promise<T> {
  const ending = new AbortController();
  const untilEnding =
    (task: (signal: AbortSignal) => Promise<unknown>) =>
    async (within: AbortSignal): Promise<void> => {
      try {
        await task(AbortSignal.any([within, ending.signal]));
      } catch (error) {
        if (error !== ending.signal.reason) throw error;
      }
    };
  const results: T[] = [];
  await together(signal, [
    async within => {
      results.push(await main(within));
      ending.abort();
    },
    ...others.map(untilEnding),
  ]);
  return results[0] as T;
}
