/**
 * Remembers paths of an image that were looked at for a layer: the next layer on it needs no container to look again.
 */
import type { SeenPath, SeenPaths } from '../build-memory.ts';
import type { ImageFiles } from './look-at-image.ts';
import type { LayerSource } from './layer.ts';

/** A project memory holds no more paths than this of an image; those of a whole tree are looked at again. */
const mostSeen = 1000;

export interface SeenImageFiles extends ImageFiles {
  /** Directories and files that were looked at, or known before. Links and what is missing are looked at each time. */
  readonly seen: ReadonlyMap<string, SeenPath>;
}

/** Answers from `known` where it can; `open` is called for the first path that is not in it. */
export function openSeenFiles(known: SeenPaths, open: () => Promise<ImageFiles>): SeenImageFiles {
  const seen = new Map<string, SeenPath>(Object.entries(known));
  let opening: Promise<ImageFiles> | undefined;
  const look = (): Promise<ImageFiles> => (opening ??= open());
  return {
    seen,
    async stat(at) {
      const before = seen.get(at);
      if (before !== undefined) return { kind: before.kind };
      const found = await (await look()).stat(at);
      if (found?.kind === 'directory' || found?.kind === 'other') seen.set(at, { kind: found.kind });
      return found;
    },
    async readMode(at) {
      const before = seen.get(at);
      if (before?.kind === 'directory' && before.mode !== undefined) return before.mode;
      const mode = await (await look()).readMode(at);
      if (mode !== undefined) seen.set(at, { kind: 'directory', mode });
      return mode;
    },
    async [Symbol.asyncDispose]() {
      // Who asked first has the error of an opening that failed.
      const image = await opening?.catch(() => undefined);
      await image?.[Symbol.asyncDispose]();
    },
  };
}

const isBelow = (at: string, top: string): boolean => at.startsWith(`${top}/`);

/** Returns the known paths of an image with the layer `source` on top of an image whose known paths are `seen`. */
export function seenAfterLayer(
  seen: ReadonlyMap<string, SeenPath>,
  { changes, entries }: Pick<LayerSource, 'changes' | 'entries'>,
): SeenPaths {
  const after = new Map(seen);
  const forget = (top: string): void => {
    for (const at of after.keys()) if (at === top || isBelow(at, top)) after.delete(at);
  };
  changes.removed.forEach(forget);
  for (const [at, { isDirectory, name }] of changes.written) {
    // A directory that is written again keeps what it holds; its mode is the one of the layer.
    if (isDirectory) after.delete(at);
    else forget(at);
    if (entries.get(name)?.type === 'file') after.set(at, { kind: 'other' });
  }
  return after.size > mostSeen ? {} : Object.fromEntries(after);
}
