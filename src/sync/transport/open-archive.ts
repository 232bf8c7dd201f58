import type { Engine } from '../../engine/engine.ts';
import type { Change } from './change.ts';
import { packChanges } from './pack-changes.ts';
import { readArchives } from './read-archive.ts';
import { mountPointOf, parentOf } from './places.ts';
import { SyncRefusal, type Transport, type TransportOptions } from './transport.ts';

/**
 * The engine's own way of putting files into a container, for one that has no shell or doesn't run. It can't delete,
 * replaces files rather than writing to them, and writes below a tmpfs, where nobody sees it.
 */
export async function openArchive(
  engine: Engine,
  id: string,
  { readFile, signal: opening }: TransportOptions,
): Promise<Transport> {
  const { mounts } = await engine.getContainer(id, opening);
  const temporary = mounts.filter(({ type }) => type === 'tmpfs').map(it => it.path);
  return {
    kind: 'archive',
    mounts,
    isOpen: true,
    read: (paths, signal) => readArchives(engine, id, paths, signal),
    async apply(changes: readonly Change[], signal) {
      const removed = changes.find(it => it.do === 'remove');
      if (removed !== undefined)
        throw new SyncRefusal(`${removed.path} can't be removed without a shell in the container`);
      const lost = changes.find(({ path }) => temporary.includes(mountPointOf(mounts, parentOf(path))));
      if (lost !== undefined)
        throw new SyncRefusal(
          `${lost.path} is on a tmpfs, where nothing gets without a shell in the container`,
        );
      const tar = await packChanges(changes, readFile);
      signal.throwIfAborted();
      await engine.putArchive(id, tar, signal);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
