import { open, lstat, readdir, readlink, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { addAbortSignal, Readable } from 'node:stream';
import type { Stats } from 'node:fs';
import { OsError } from '../core/errors.ts';
import type { EntryHeader } from './archive/entry.ts';
import { paddingOf } from '../files/tar-header.ts';
import { encodeHeader, endOfTar } from './archive/write-header.ts';
import type { Extent } from './archive/sparse.ts';
import { byteNameOf, bytesOf, shownName, type ByteName } from './byte-names.ts';
import { archived } from './far-scripts.ts';
import { findExtents, holeBytes, mergeExtents } from './holes.ts';
import { orUnreadable, type LocalSource } from './local-source.ts';

export interface PackOptions {
  /** True: numeric owners are sent along; false: everything is root's. */
  readonly keepsOwners: boolean;
  /** `into`: each under its own name; `exact`: the one source as `item`. */
  readonly how: 'into' | 'exact';
  /** True: of sparse files only the data is sent, for `writeScript` to put together. */
  readonly areHolesKept: boolean;
  readonly signal: AbortSignal;
  /** Called for bytes of content as they pass. */
  readonly onBytes: (sizeBytes: number) => void;
}

const pieceBytes = 256 * 1024;

/** Most parts of one sparse file: a device starts a program for each. */
const mostExtents = 500;

interface Sparse {
  readonly file: ByteName;
  /** In the archive. */
  readonly name: ByteName;
  readonly sizeBytes: number;
  readonly extents: readonly Extent[];
}

const none = { linkname: '', mode: 0o600, uid: 0, gid: 0, sizeBytes: 0, mtimeS: 0 };

function* textEntry(name: string, text: string): Generator<Buffer> {
  const bytes = Buffer.from(text);
  yield encodeHeader({ ...none, type: 'file', name, sizeBytes: bytes.length });
  yield bytes;
  yield paddingOf(bytes.length);
}

class Packing {
  readonly #options: PackOptions;
  readonly #sparse: Sparse[] = [];

  constructor(options: PackOptions) {
    this.#options = options;
  }

  /** Owners are numbers there: the same name may be another user's on the device. */
  #header(name: ByteName, found: Stats): Omit<EntryHeader, 'type'> {
    const { keepsOwners } = this.#options;
    return {
      name,
      linkname: '',
      mode: found.mode & 0o7777,
      uid: keepsOwners ? found.uid : 0,
      gid: keepsOwners ? found.gid : 0,
      sizeBytes: 0,
      mtimeS: Math.floor(found.mtimeMs / 1000),
    };
  }

  async *#read(handle: FileHandle, file: ByteName, { at, sizeBytes }: Extent): AsyncGenerator<Buffer> {
    const { onBytes, signal } = this.#options;
    for (let done = 0; done < sizeBytes;) {
      signal.throwIfAborted();
      const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, sizeBytes - done));
      const { bytesRead } = await orUnreadable(file, handle.read(buffer, 0, buffer.length, at + done));
      if (bytesRead === 0) throw new OsError('usage', `${shownName(file)} became shorter while it was sent`);
      done += bytesRead;
      onBytes(bytesRead);
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** The parts of a file to send; undefined: all of it. Where most of it is data, putting it together would cost more. */
  async #findExtents(handle: FileHandle, found: Stats): Promise<readonly Extent[] | undefined> {
    const { areHolesKept, signal } = this.#options;
    const isSparse = found.size >= 2 * holeBytes && found.blocks * 512 <= found.size / 2;
    if (!areHolesKept || !isSparse) return undefined;
    const extents = mergeExtents(await findExtents(handle, found.size, signal), mostExtents);
    const dataBytes = extents.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return dataBytes <= found.size / 2 ? extents : undefined;
  }

  async *#addFile(file: ByteName, name: ByteName): AsyncGenerator<Buffer> {
    await using handle = await orUnreadable(file, open(bytesOf(file), 'r'));
    const found = await handle.stat();
    const header = { ...this.#header(name, found), type: 'file' as const };
    const extents = await this.#findExtents(handle, found);
    if (extents !== undefined) {
      this.#sparse.push({ file, name, sizeBytes: found.size, extents });
      yield encodeHeader(header);
      return;
    }
    yield encodeHeader({ ...header, sizeBytes: found.size });
    yield* this.#read(handle, file, { at: 0, sizeBytes: found.size });
    yield paddingOf(found.size);
  }

  /**
   * A directory before what it has, and that before anything else. GNU tar restores the time of a directory as soon as an entry
   * comes that lies elsewhere, so what came later would change it again.
   */
  async *add(file: ByteName, name: ByteName, found: Stats): AsyncGenerator<Buffer> {
    this.#options.signal.throwIfAborted();
    if (found.isDirectory()) {
      yield encodeHeader({ ...this.#header(name, found), type: 'directory' });
      for (const part of (await orUnreadable(file, readdir(bytesOf(file), 'latin1'))).sort()) {
        const inner = path.join(file, part);
        yield* this.add(inner, `${name}/${part}`, await orUnreadable(inner, lstat(bytesOf(inner))));
      }
    } else if (found.isSymbolicLink()) {
      const linkname = await orUnreadable(file, readlink(bytesOf(file), 'latin1'));
      yield encodeHeader({ ...this.#header(name, found), type: 'symlink', linkname });
    } else if (found.isFile()) yield* this.#addFile(file, name);
    // Sockets, pipes and devices are no files.
  }

  /** For each sparse file a hard link to it, which is empty until then, its size, its data, and where that belongs, in blocks. */
  async *addHoles(): AsyncGenerator<Buffer> {
    if (this.#sparse.length > 0)
      yield encodeHeader({ ...none, type: 'directory', name: archived.sparse, mode: 0o700 });
    for (const [i, { file, name, sizeBytes, extents }] of this.#sparse.entries()) {
      const place = `${archived.sparse}/${i.toString()}`;
      yield encodeHeader({ ...none, type: 'directory', name: place, mode: 0o700 });
      yield encodeHeader({ ...none, type: 'link', name: `${place}/file`, linkname: name });
      yield* textEntry(`${place}/size`, `${sizeBytes.toString()}\n`);
      let skip = 0;
      const lines = extents.map(extent => {
        const count = Math.ceil(extent.sizeBytes / holeBytes);
        const line = `${skip.toString()} ${(extent.at / holeBytes).toString()} ${count.toString()}\n`;
        skip += count;
        return line;
      });
      yield* textEntry(`${place}/map`, lines.join(''));
      const dataBytes = extents.reduce((sum, extent) => sum + extent.sizeBytes, 0);
      yield encodeHeader({ ...none, type: 'file', name: `${place}/data`, sizeBytes: dataBytes });
      await using handle = await orUnreadable(file, open(bytesOf(file), 'r'));
      for (const extent of extents) yield* this.#read(handle, file, extent);
      yield paddingOf(dataBytes);
      this.#options.onBytes(sizeBytes - dataBytes);
    }
  }
}

async function* packAll(sources: readonly LocalSource[], options: PackOptions): AsyncGenerator<Buffer> {
  const { root, end } = archived;
  const packing = new Packing(options);
  yield encodeHeader({ ...none, type: 'directory', name: root, mode: 0o700 });
  for (const { path: file, name, isContents } of sources) {
    const place =
      options.how === 'exact' ? `${root}/item` : isContents ? root : `${root}/${byteNameOf(name)}`;
    // A link that is named is followed.
    yield* packing.add(file, place, await orUnreadable(file, stat(bytesOf(file))));
  }
  yield* packing.addHoles();
  yield* textEntry(end, 'end');
  yield endOfTar;
}

/** A tar of `sources` as `FarFiles.write` takes it. A file that shrinks while it is read breaks it off. */
export function packLocal(sources: readonly LocalSource[], options: PackOptions): Readable {
  return addAbortSignal(
    options.signal,
    Readable.from(packAll(sources, options), { objectMode: false, highWaterMark: 4 * pieceBytes }),
  );
}
