import type { Engine } from '../../engine/engine.ts';
import type { Change } from './change.ts';
import { packChanges } from './pack-changes.ts';
import { readArchives } from './read-archive.ts';
import { SyncRefusal, type Transport, type TransportOptions } from './transport.ts';

/**
 * The engine's own way of putting files into a container, for one that has no shell or doesn't run. It can't delete,
 * and replaces files rather than writing to them.
 */
export function openArchive(engine: Engine, id: string, { readFile }: TransportOptions): Transport {
  return {
    kind: 'archive',
    mounts: [],
    isOpen: true,
    read: (paths, signal) => readArchives(engine, id, paths, signal),
    async apply(changes: readonly Change[], signal) {
      const removed = changes.find(it => it.do === 'remove');
      if (removed !== undefined)
        throw new SyncRefusal(`${removed.path} can't be removed without a shell in the container`);
      const tar = await packChanges(changes, readFile);
      signal.throwIfAborted();
      await engine.putArchive(id, tar, signal);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
