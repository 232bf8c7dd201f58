import type { ContextEntry } from './entry.ts';
import { openFile, type OpenFile } from './read-file.ts';

/** How many files are opened before their turn: small ones wait for the disk together, not one after the other. */
const ahead = 16;

export interface Opened {
  readonly entry: ContextEntry;
  /** Of a file; closed when the next entry is asked for. */
  readonly file: OpenFile | undefined;
}

/** The entries in their order, files opened; whatever was opened is closed at the end, however it comes. */
export async function* openInOrder(entries: readonly ContextEntry[]): AsyncGenerator<Opened> {
  const opening = new Map<ContextEntry, Promise<OpenFile>>();
  let next = 0;
  try {
    for (const entry of entries) {
      for (; next < entries.length && opening.size < ahead; next++) {
        const coming = entries[next];
        if (coming?.type !== 'file') continue;
        const promise = openFile(coming);
        promise.catch(() => undefined); // it is told when its turn comes
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
