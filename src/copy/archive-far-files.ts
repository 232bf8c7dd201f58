/**
 * FarFiles over the engine's archives: for a container that does not run, or has no shell or tar. The engine unpacks straight
 * into place, so a copy that is cut off may leave a part of it.
 */
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Engine } from '../engine/engine.ts';
import { OsError } from '../core/errors.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { readEntries } from './archive/read-entries.ts';
import { paddingOf } from '../files/tar-header.ts';
import { encodeHeader, endOfTar } from './archive/write-header.ts';
import { byteNameOf, type ByteName } from './byte-names.ts';
import type { FarFiles, WriteRequest } from './far-files.ts';
import { archived } from './far-scripts.ts';
import { isPattern } from './place.ts';

type Archives = Pick<Engine, 'getArchive' | 'putTar' | 'statPath' | 'getContainer'>;

/** Names of `tar` as `FarFiles.write` takes them, as they are below the directory that the engine unpacks in. */
async function* renamed(
  tar: Readable,
  rename: (name: ByteName) => ByteName | undefined,
): AsyncGenerator<Buffer> {
  let isWhole = false;
  for await (const { header, content } of readEntries(tar)) {
    if (header.name === archived.end) isWhole = true;
    const name = rename(header.name);
    if (name === undefined || header.type === 'other') continue;
    yield encodeHeader({ ...header, type: header.type, name });
    for await (const { bytes } of content) yield bytes;
    yield paddingOf(header.sizeBytes);
  }
  if (!isWhole) throw new OsError('connection-lost', 'not all of it was sent');
  yield endOfTar;
}

/** `id` is the container's; `where` is for messages: `web on mydevice`. */
export function archiveFarFiles(engine: Archives, id: string, where: string): FarFiles {
  /** Files of a tmpfs are not in the container's file system, where the archives come from (moby #22020). */
  const refuseTmpfs = async (file: string, signal: AbortSignal): Promise<void> => {
    const { mounts } = await engine.getContainer(id, signal);
    const on = mounts.find(
      it => it.type === 'tmpfs' && `${file}/`.startsWith(`${it.path.replace(/\/$/, '')}/`),
    );
    if (on !== undefined)
      throw new OsError('usage', `${file} of ${where} is on a tmpfs (${sanitizeLine(on.path)})`, {
        hint: 'it is reached only while the container runs and has sh and tar',
      });
  };

  const target = async (request: WriteRequest, signal: AbortSignal): Promise<string> => {
    const { destination, how, name, isDirectory: isTree } = request;
    const found = await engine.statPath(id, destination, signal);
    const leads = found?.kind === 'symlink' ? await engine.statPath(id, found.leadsTo, signal) : found;
    if (leads?.kind === 'special')
      throw new OsError('usage', `${where}: a device or a pipe is where a file is meant: ${destination}`);
    const isDirectory = leads?.kind === 'directory';
    if (how === 'into' || isTree || !isDirectory) return destination;
    return path.posix.join(destination, name);
  };

  return {
    async read(paths, signal) {
      const pattern = paths.find(isPattern);
      if (pattern !== undefined && (await engine.statPath(id, pattern, signal)) === undefined)
        throw new OsError('usage', `patterns need a container that runs and has sh and tar: ${pattern}`);
      const out = new PassThrough();
      const send = async (): Promise<void> => {
        for (const file of paths) {
          await refuseTmpfs(file, signal);
          const found = await engine.statPath(id, file, signal);
          if (found === undefined) throw new OsError('usage', `${where} has no ${file}`);
          const tar = await engine.getArchive(id, found.kind === 'symlink' ? found.leadsTo : file, signal);
          await pipeline(tar, out, { end: false, signal });
        }
      };
      const ended = send().finally(() => out.end());
      ended.catch(() => undefined);
      return { tar: out, ended };
    },

    async write(request, pack, signal) {
      const { destination, how } = request;
      await refuseTmpfs(destination, signal);
      const to = await target(request, signal);
      const parent = how === 'into' ? destination : path.posix.dirname(to);
      const prefix = how === 'into' ? `${archived.root}/` : `${archived.root}/item`;
      const rename = (entry: ByteName): ByteName | undefined => {
        const name = entry.replace(/\/$/, '');
        if (how === 'into') return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
        if (name !== prefix && !name.startsWith(`${prefix}/`)) return undefined;
        return `${byteNameOf(path.posix.basename(to))}${name.slice(prefix.length)}`;
      };
      const tar = pack({ areHolesKept: false });
      const sent = Readable.from(renamed(tar, rename), { objectMode: false });
      await engine.putTar(id, parent, sent, signal).catch((error: unknown) => {
        if (!(error instanceof OsError) || error.code !== 'engine-missing') throw error;
        throw new OsError('usage', `${where}: no such directory: ${parent}`, { cause: error });
      });
    },
  };
}
