import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { modeOf, type Change, type FileChange, type OpenSource } from '../change.ts';
import { SyncRefusal } from '../transport.ts';

/** Returns the numbers of `--chown`. Only the container itself can look up names. */
function ownerOf({ owner, ownerChanges = [] }: Pick<FileChange, 'owner' | 'ownerChanges'>): {
  readonly uid: number;
  readonly gid: number;
} {
  const [later] = ownerChanges;
  if (later !== undefined)
    throw new SyncRefusal(`${later.program} ${later.value} can't be done without a shell in the container`);
  if (owner === undefined) return { uid: 0, gid: 0 };
  const [uid = '', gid = uid] = owner.split(':');
  if (!/^\d+$/.test(uid) || !/^\d+$/.test(gid))
    throw new SyncRefusal(`the owner ${owner} has no number without a shell in the container`);
  return { uid: Number(uid), gid: Number(gid) };
}

export interface PackedChanges extends AsyncDisposable {
  readonly stream: Readable;
  /** Aborts when a file cannot be read to its end. */
  readonly failed: AbortSignal;
}

/**
 * Returns a tar of absolute names, written as it is read. The engine makes directories that are missing. Throws
 * SyncRefusal before anything is read if a change cannot be put into a tar.
 */
export async function packChanges(
  changes: readonly Change[],
  openSource: OpenSource,
): Promise<PackedChanges> {
  const { pack: openPack } = (await import('tar-stream')).default;
  const pack = openPack();
  const mtime = new Date();
  const entries = changes.flatMap(change => {
    if (change.do === 'mode') throw new SyncRefusal(`the mode of ${change.path} can't be changed alone`);
    if (change.do === 'remove') return [];
    const name = change.path.slice(1);
    return [{ change, header: { name, mtime, ...ownerOf(change), ...(isPlain(name) ? {} : { pax: {} }) } }];
  });
  const write = async (): Promise<void> => {
    for (const { change, header } of entries)
      if (change.do === 'make-directory')
        pack.entry({ ...header, type: 'directory', mode: change.mode ?? 0o755 });
      else if (change.do === 'link')
        pack.entry({ ...header, type: 'symlink', linkname: change.target, mode: 0o777 });
      else {
        await using file = await openSource(change.name);
        if (file === undefined) continue;
        const mode = Number.parseInt(modeOf(change), 8);
        const entry = pack.entry({ ...header, type: 'file', mode, size: file.sizeBytes });
        await pipeline(file.chunks(), entry);
      }
    pack.finalize();
  };
  const failure = new AbortController();
  const writing = write().catch((error: unknown) => failure.abort(error));
  const stream = Readable.from(pack, { objectMode: false });
  stream.on('error', () => undefined);
  return {
    stream,
    failed: failure.signal,
    async [Symbol.asyncDispose]() {
      stream.destroy();
      pack.destroy();
      await writing;
    },
  };
}

const isPlain = (name: string): boolean => /^[\x20-\x7e]{1,99}$/.test(name);
