import type { Engine } from '../../../engine/engine.ts';
import type { Change } from '../change.ts';
import { packChanges } from './pack-changes.ts';
import { readArchives } from './read-archive.ts';
import { mountPointOf, parentOf } from '../mount-points.ts';
import { SyncRefusal, type Transport, type TransportOptions } from '../transport.ts';

/** The number of requests that are open at the same time. */
const askedAtOnce = 8;

/**
 * The engine's own way of putting files into a container, for one that has no shell or doesn't run. It can't delete,
 * replaces files rather than writing to them, and writes below a tmpfs, where nobody sees it.
 */
export async function openArchive(
  engine: Engine,
  id: string,
  { openSource, signal: opening }: TransportOptions,
): Promise<Transport> {
  const { mounts } = await engine.getContainer(id, opening);
  const apply = async (changes: readonly Change[], signal: AbortSignal): Promise<void> => {
    const removed = changes.find(it => it.do === 'remove');
    if (removed !== undefined)
      throw new SyncRefusal(`${removed.path} can't be removed without a shell in the container`);
    const lost = changes.find(({ path }) => temporary.includes(mountPointOf(mounts, parentOf(path))));
    if (lost !== undefined)
      throw new SyncRefusal(
        `${lost.path} is on a tmpfs, where nothing gets without a shell in the container`,
      );
    await using tar = await packChanges(changes, openSource);
    signal.throwIfAborted();
    await engine.putArchive(id, tar.stream, AbortSignal.any([signal, tar.failed]));
  };
  const temporary = mounts.filter(({ type }) => type === 'tmpfs').map(it => it.path);
  return {
    kind: 'archive',
    mounts,
    isOpen: true,
    read: (paths, signal) => readArchives(engine, id, paths, signal),
    async readLinks(paths, signal) {
      const links: (string | undefined)[] = [];
      for (let at = 0; at < paths.length; at += askedAtOnce) {
        const some = paths.slice(at, at + askedAtOnce).map(path => engine.statPath(id, path, signal));
        for (const found of await Promise.all(some))
          links.push(found?.kind === 'symlink' ? found.leadsTo : undefined);
      }
      return links;
    },
    apply,
    // An archive is one request: nothing goes between its parts.
    async writeLarge(change, { signal }) {
      await apply([change], signal);
      return true;
    },
    partialPath: undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
