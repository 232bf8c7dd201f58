import type { Mutable } from '../core/mutable.ts';

interface Timed {
  /** RFC 3339, of one width. */
  readonly time: string;
}

type Head<T> = Mutable<{
  readonly source: AsyncIterator<T>;
  readonly next: IteratorResult<T>;
}>;

const isEarlier = <T extends Timed>(a: Head<T>, b: Head<T>): boolean =>
  a.next.done !== true && (b.next.done === true || a.next.value.time < b.next.value.time);

/** Merges sources, each in order of time, into one in order of time; buffers one item of each. */
export async function* mergeByTime<T extends Timed>(sources: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  const opened = sources.map(source => source[Symbol.asyncIterator]());
  try {
    const heads = await Promise.all(
      opened.map(async (source): Promise<Head<T>> => ({ source, next: await source.next() })),
    );
    for (;;) {
      const [first, ...others] = heads;
      if (first === undefined) return;
      const earliest = others.reduce((found, head) => (isEarlier(head, found) ? head : found), first);
      if (earliest.next.done === true) return;
      yield earliest.next.value;
      earliest.next = await earliest.source.next();
    }
  } finally {
    await Promise.allSettled(opened.map(async source => source.return?.()));
  }
}
