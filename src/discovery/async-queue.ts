/** Values put in by callbacks, taken out in order by one `for await`. */
export interface AsyncQueue<T> extends AsyncIterable<T> {
  put(value: T): void;
  /** Ends the iteration once everything put in has been taken. */
  close(): void;
}

export function openAsyncQueue<T>(): AsyncQueue<T> {
  const waiting: T[] = [];
  let isClosed = false;
  let wake = (): void => undefined;
  return {
    put(value) {
      waiting.push(value);
      wake();
    },
    close() {
      isClosed = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (waiting.length > 0) yield* waiting.splice(0);
        if (isClosed) return;
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      }
    },
  };
}
