import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { addAbortSignal, Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { OsError } from '../core/errors.ts';
import type { EntryHeader } from './archive/entry.ts';
import { paddingOf } from '../files/tar-header.ts';
import { encodeHeader, endOfTar } from './archive/write-header.ts';
import type { Extent } from './archive/sparse.ts';
import { byteNameOf, bytesOf, shownName, type ByteName } from './byte-names.ts';
import { archived } from './far-scripts.ts';
import { findExtents, holeBytes, mergeExtents } from './holes.ts';
import { orUnreadable, orUnreadableNow, type LocalSource } from './local-source.ts';
import { PieceBuffer } from './piece-buffer.ts';

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

/** Files of at most so many bytes are read at once: the turns of the event loop that it takes otherwise cost more than the disk does. */
const smallBytes = 64 * 1024;

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

const shorter = (file: ByteName): OsError =>
  new OsError('usage', `${shownName(file)} became shorter while it was sent`);

class Packing {
  readonly #options: PackOptions;
  readonly #out = new PieceBuffer();
  readonly #sparse: Sparse[] = [];

  constructor(options: PackOptions) {
    this.#options = options;
  }

  #text(name: string, text: string): void {
    const bytes = Buffer.from(text);
    this.#out.write(encodeHeader({ ...none, type: 'file', name, sizeBytes: bytes.length }));
    this.#out.write(bytes);
    this.#out.write(paddingOf(bytes.length));
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

  /**
   * Reads at most `mostBytes` bytes from `at` into the piece that is being filled, and returns their number. Synchronous,
   * since reads through the thread pool take a tenth more CPU time of a large copy.
   */
  #readSome(opened: number, file: ByteName, at: number, mostBytes: number): number {
    const { room } = this.#out;
    const bytesRead = readSync(opened, room, 0, Math.min(room.length, mostBytes), at);
    if (bytesRead === 0) throw shorter(file);
    this.#out.advance(bytesRead);
    return bytesRead;
  }

  *#read(opened: number, file: ByteName, { at, sizeBytes }: Extent): Generator<Buffer> {
    const { onBytes, signal } = this.#options;
    for (let done = 0; done < sizeBytes;) {
      signal.throwIfAborted();
      const read = orUnreadableNow(file, () => this.#readSome(opened, file, at + done, sizeBytes - done));
      done += read;
      onBytes(read);
      yield* this.#out.takeFull();
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

  async *#addLarge(file: ByteName, name: ByteName): AsyncGenerator<Buffer> {
    await using handle = await orUnreadable(file, open(bytesOf(file), 'r'));
    const found = await handle.stat();
    const header = { ...this.#header(name, found), type: 'file' as const };
    const extents = await this.#findExtents(handle, found);
    if (extents !== undefined) {
      this.#sparse.push({ file, name, sizeBytes: found.size, extents });
      this.#out.write(encodeHeader(header));
      return;
    }
    this.#out.write(encodeHeader({ ...header, sizeBytes: found.size }));
    yield* this.#read(handle.fd, file, { at: 0, sizeBytes: found.size });
    this.#out.write(paddingOf(found.size));
  }

  #addSmall(file: ByteName, name: ByteName): void {
    // A pipe that has taken its place since would wait for a writer.
    const opened = openSync(bytesOf(file), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = fstatSync(opened);
      this.#out.write(encodeHeader({ ...this.#header(name, found), type: 'file', sizeBytes: found.size }));
      for (let done = 0; done < found.size;) done += this.#readSome(opened, file, done, found.size - done);
      this.#out.write(paddingOf(found.size));
      this.#options.onBytes(found.size);
    } finally {
      closeSync(opened);
    }
  }

  /**
   * A directory before what it has, and that before anything else. GNU tar restores the time of a directory as soon as an entry
   * comes that lies elsewhere, so what came later would change it again.
   */
  async *add(file: ByteName, name: ByteName, found: Stats): AsyncGenerator<Buffer> {
    this.#options.signal.throwIfAborted();
    if (found.isDirectory()) {
      this.#out.write(encodeHeader({ ...this.#header(name, found), type: 'directory' }));
      const parts = orUnreadableNow(file, () => readdirSync(bytesOf(file), 'latin1')).sort();
      for (const part of parts) {
        const inner = path.join(file, part);
        const within = orUnreadableNow(inner, () => lstatSync(bytesOf(inner)));
        // A generator for every file would cost more than the file.
        if (this.#addAtOnce(inner, `${name}/${part}`, within)) yield* this.#out.takeFull();
        else yield* this.add(inner, `${name}/${part}`, within);
      }
    } else if (!this.#addAtOnce(file, name, found)) yield* this.#addLarge(file, name);
    yield* this.#out.takeFull();
  }

  /** False for what is not packed in one go: a directory, a large file. */
  #addAtOnce(file: ByteName, name: ByteName, found: Stats): boolean {
    if (found.isDirectory()) return false;
    if (found.isSymbolicLink()) {
      const linkname = orUnreadableNow(file, () => readlinkSync(bytesOf(file), 'latin1'));
      this.#out.write(encodeHeader({ ...this.#header(name, found), type: 'symlink', linkname }));
    } else if (found.isFile()) {
      if (found.size > smallBytes) return false;
      orUnreadableNow(file, () => this.#addSmall(file, name));
    }
    // Sockets, pipes and devices are no files.
    return true;
  }

  /** For each sparse file a hard link to it, which is empty until then, its size, its data, and where that belongs, in blocks. */
  async *addHoles(): AsyncGenerator<Buffer> {
    if (this.#sparse.length > 0) this.addDirectory(archived.sparse);
    for (const [i, { file, name, sizeBytes, extents }] of this.#sparse.entries()) {
      const place = `${archived.sparse}/${i.toString()}`;
      this.addDirectory(place);
      this.#out.write(encodeHeader({ ...none, type: 'link', name: `${place}/file`, linkname: name }));
      this.#text(`${place}/size`, `${sizeBytes.toString()}\n`);
      let skip = 0;
      const lines = extents.map(extent => {
        const count = Math.ceil(extent.sizeBytes / holeBytes);
        const line = `${skip.toString()} ${(extent.at / holeBytes).toString()} ${count.toString()}\n`;
        skip += count;
        return line;
      });
      this.#text(`${place}/map`, lines.join(''));
      const dataBytes = extents.reduce((sum, extent) => sum + extent.sizeBytes, 0);
      this.#out.write(encodeHeader({ ...none, type: 'file', name: `${place}/data`, sizeBytes: dataBytes }));
      await using handle = await orUnreadable(file, open(bytesOf(file), 'r'));
      for (const extent of extents) yield* this.#read(handle.fd, file, extent);
      this.#out.write(paddingOf(dataBytes));
      this.#options.onBytes(sizeBytes - dataBytes);
      yield* this.#out.takeFull();
    }
  }

  /** One of this archive's own. */
  addDirectory(name: string): void {
    this.#out.write(encodeHeader({ ...none, type: 'directory', name, mode: 0o700 }));
  }

  /** The mark that all has arrived, and the end. */
  *end(): Generator<Buffer> {
    this.#text(archived.end, 'end');
    this.#out.write(endOfTar);
    yield* this.#out.takeFull();
    const rest = this.#out.takeRest();
    if (rest.length > 0) yield rest;
  }
}

async function* packAll(sources: readonly LocalSource[], options: PackOptions): AsyncGenerator<Buffer> {
  const { root } = archived;
  const packing = new Packing(options);
  packing.addDirectory(root);
  for (const { path: file, name, isContents } of sources) {
    const place =
      options.how === 'exact' ? `${root}/item` : isContents ? root : `${root}/${byteNameOf(name)}`;
    // A link that is named is followed.
    yield* packing.add(file, place, await orUnreadable(file, stat(bytesOf(file))));
  }
  yield* packing.addHoles();
  yield* packing.end();
}

/** Lets a signal and the device's answers in between two pieces. */
async function* withTurns(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    yield piece;
    await nextTurn();
  }
}

/** A tar of `sources` as `FarFiles.write` takes it. A file that shrinks while it is read breaks it off. */
export function packLocal(sources: readonly LocalSource[], options: PackOptions): Readable {
  // A stream of bytes would join what waits in it, by copying it.
  return addAbortSignal(
    options.signal,
    Readable.from(withTurns(packAll(sources, options)), { objectMode: true, highWaterMark: 4 }),
  );
}
