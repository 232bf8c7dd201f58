const ends = new Map<string, Promise<void>>();

/** Runs `work` once all that was given before with the same `key` has ended, however it did. Returns what it returns. */
export async function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const before = ends.get(key);
  const { promise, resolve } = promiseWithResolvers();
  ends.set(key, promise);
  await before;
  try {
    return await work();
  } finally {
    resolve();
    if (ends.get(key) === promise) ends.delete(key);
  }
}

function promiseWithResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>(settle => {
    resolve = settle;
  });
  return { promise, resolve };
}
