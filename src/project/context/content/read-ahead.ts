import type { ContextEntry } from '../entry.ts';
import { openFile, type OpenFile } from './read-file.ts';

/** Number of files opened in advance: small ones wait for the disk in parallel. */
const ahead = 16;

export interface Opened {
  readonly entry: ContextEntry;
  /** Content of a file; closed when the next entry is requested. */
  readonly file: OpenFile | undefined;
}

/** Yields the entries in their order with files opened, and closes all open files at the end, also after an error. */
export async function* openInOrder(entries: readonly ContextEntry[]): AsyncGenerator<Opened> {
  const opening = new Map<ContextEntry, Promise<OpenFile>>();
  let next = 0;
  try {
    for (const entry of entries) {
      for (; next < entries.length && opening.size < ahead; next++) {
        const coming = entries[next];
        if (coming?.type !== 'file') continue;
        const promise = openFile(coming);
        promise.catch(() => undefined); // a failure is reported when the entry's turn comes
        opening.set(coming, promise);
      }
      await using file = await opening.get(entry);
      opening.delete(entry);
      yield { entry, file };
    }
  } finally {
    await Promise.all(
      [...opening.values()].map(async promise => {
        const file = await promise.catch(() => undefined);
        await file?.[Symbol.asyncDispose]();
      }),
    );
  }
}
