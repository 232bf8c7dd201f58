import { buffer } from 'node:stream/consumers';
import type { Change, ReadFile } from './change.ts';
import { SyncRefusal } from './transport.ts';

/** Numbers of `--chown`; names only the container itself can look up. */
function ownerOf(owner: string | undefined): { uid: number; gid: number } {
  if (owner === undefined) return { uid: 0, gid: 0 };
  const [uid = '', gid = uid] = owner.split(':');
  if (!/^\d+$/.test(uid) || !/^\d+$/.test(gid))
    throw new SyncRefusal(`the owner ${owner} has no number without a shell in the container`);
  return { uid: Number(uid), gid: Number(gid) };
}

/** A tar of absolute names. Directories that hold anything of it are made by the engine. */
export async function packChanges(changes: readonly Change[], readFile: ReadFile): Promise<Buffer> {
  const { pack: openPack } = (await import('tar-stream')).default;
  const pack = openPack();
  const tar = buffer(pack);
  const mtime = new Date();
  for (const change of changes) {
    if (change.do === 'mode') throw new SyncRefusal(`the mode of ${change.path} can't be changed alone`);
    if (change.do === 'remove') continue;
    const name = change.path.slice(1);
    const header = { name, mtime, ...ownerOf(change.owner), ...(isPlain(name) ? {} : { pax: {} }) };
    if (change.do === 'make-directory') pack.entry({ ...header, type: 'directory', mode: 0o755 });
    if (change.do === 'link')
      pack.entry({ ...header, type: 'symlink', linkname: change.target, mode: 0o777 });
    if (change.do !== 'write') continue;
    const content = await readFile(change.name);
    if (content === undefined) continue;
    pack.entry({ ...header, type: 'file', mode: change.isExecutable ? 0o755 : 0o644 }, content);
  }
  pack.finalize();
  return tar;
}

const isPlain = (name: string): boolean => /^[\x20-\x7e]{1,99}$/.test(name);
