import { createHash } from 'node:crypto';
import path from 'node:path';
import { blockBytes, encodeTarHeader, paddingOf, type TarEntry } from '../../../files/tar-header.ts';
import { openInOrder } from '../../../project/context/content/read-ahead.ts';
import { openEntryHash } from '../../../project/context/content/digest-context.ts';
import { modeOf, type ContextEntry } from '../../../project/context/entry.ts';
import type { SeenPath } from '../build-memory.ts';
import type { CopiedChanges, CopiedFile } from './copied-files.ts';

/** Mode and owner of a directory that the image has. */
export type DirectoryMode = NonNullable<Extract<SeenPath, { readonly kind: 'directory' }>['mode']>;

export interface LayerSource {
  readonly changes: CopiedChanges;
  /** Entries of the context by name. */
  readonly entries: ReadonlyMap<string, ContextEntry>;
  /** Directories of the image above the changed paths, without the root: a layer without them would change their modes. */
  readonly directories: ReadonlyMap<string, DirectoryMode>;
}

/** A file has changed since it was planned. */
export class ContextChanged extends Error {}

interface LayerEntry {
  readonly at: string;
  readonly header: TarEntry;
  readonly source?: { readonly entry: ContextEntry; readonly file: CopiedFile };
}

const sizeOf = (entry: ContextEntry): number => (entry.type === 'file' ? entry.sizeBytes : 0);

/** Lists the entries of the layer, each directory before its content. Throws ContextChanged. */
function listEntries({ changes, entries, directories }: LayerSource): LayerEntry[] {
  const list: LayerEntry[] = [];
  const header = (at: string, rest: Omit<TarEntry, 'name'>): TarEntry => ({
    name: `${at.slice(1)}${rest.type === 'directory' ? '/' : ''}`,
    ...rest,
  });
  for (const [at, mode] of directories)
    if (!changes.written.has(at))
      list.push({ at, header: header(at, { type: 'directory', ...mode, sizeBytes: 0, target: '' }) });
  for (const [at, file] of changes.written) {
    const entry = entries.get(file.name);
    if (entry === undefined) throw new ContextChanged(file.name);
    const target = entry.type === 'symlink' ? entry.target : '';
    const rest = { type: entry.type, mode: modeOf(entry), uid: file.uid, gid: file.gid };
    list.push({
      at,
      header: header(at, { ...rest, sizeBytes: sizeOf(entry), target }),
      source: { entry, file },
    });
  }
  for (const at of changes.removed) {
    const whiteout = path.posix.join(path.posix.dirname(at), `.wh.${path.posix.basename(at)}`);
    const rest = { type: 'file', mode: 0o644, uid: 0, gid: 0, sizeBytes: 0, target: '' } as const;
    list.push({ at: whiteout, header: header(whiteout, rest) });
  }
  return list.sort((a, b) => Buffer.compare(Buffer.from(a.at), Buffer.from(b.at)));
}

const endBytes = 2 * blockBytes;

export interface Layer {
  /** Size of the tar. */
  readonly sizeBytes: number;
  /** Bytes of files in it. */
  readonly contentBytes: number;
  /** The tar; read once. Throws ContextChanged. */
  chunks(): AsyncGenerator<Buffer>;
  /** `sha256:…` of the tar, once it was read. */
  diffId(): string;
}

/** Opens a layer that makes `changes` to an image. Throws ContextChanged. */
export function openLayer(source: LayerSource): Layer {
  const list = listEntries(source);
  const hash = createHash('sha256');
  const contentBytes = list.reduce((sum, { header }) => sum + header.sizeBytes, 0);
  const sizeBytes = list.reduce(
    (sum, { header }) =>
      sum + encodeTarHeader(header).length + header.sizeBytes + paddingOf(header.sizeBytes).length,
    endBytes,
  );
  let diffId = '';
  const write = async function* (): AsyncGenerator<Buffer> {
    const files = list.flatMap(it => (it.source === undefined ? [] : [it.source.entry]));
    const opened = openInOrder(files);
    try {
      for (const { header, source: from } of list) {
        yield encodeTarHeader(header);
        if (from === undefined) continue;
        const next = await opened.next();
        if (next.done === true) throw new ContextChanged(header.name);
        const { entry, file } = next.value;
        if ((file?.sizeBytes ?? 0) !== header.sizeBytes) throw new ContextChanged(header.name);
        const entryHash = openEntryHash(entry, header.sizeBytes);
        for await (const chunk of file?.chunks() ?? []) {
          entryHash.update(chunk);
          yield chunk;
        }
        if (entryHash.digest('hex') !== from.file.digest) throw new ContextChanged(header.name);
        yield paddingOf(header.sizeBytes);
      }
      yield Buffer.alloc(endBytes);
    } finally {
      await opened.return(undefined);
    }
  };
  return {
    sizeBytes,
    contentBytes,
    async *chunks() {
      for await (const chunk of write()) {
        hash.update(chunk);
        yield chunk;
      }
      diffId = `sha256:${hash.digest('hex')}`;
    },
    diffId: () => diffId,
  };
}
