/**
 * Unpacks what a device sends. Whatever that is, nothing outside of the destination is written, and nothing through a link:
 * a name with `..` ends the copy, each directory on the way is checked before it is used, and links are made last.
 */
import {
  chmod,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  lchown,
} from 'node:fs/promises';
import type { Stats } from 'node:fs';
import path from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { randomBytes } from 'node:crypto';
import { errnoOf, messageOf, OsError } from '../core/errors.ts';
import type { ArchiveEntry, EntryHeader } from './archive/entry.ts';
import { readEntries } from './archive/read-entries.ts';
import { bytesOf, checkLocalName, shownName, type ByteName } from './byte-names.ts';
import { HoleWriter } from './holes.ts';
import { localFailure, orLocalFailure, writeSmall } from './write-small.ts';

export interface UnpackOptions {
  /** Returns the path for an entry of the archive, by the parts of its name; undefined to skip it. Throws OsError to refuse it. */
  readonly placeOf: (parts: readonly ByteName[], header: EntryHeader) => ByteName | undefined;
  /** Directory without links on its way; every directory below it is checked on the way to a file. */
  readonly root: ByteName;
  readonly overwritesNewer: boolean;
  readonly keepsOwners: boolean;
  readonly signal: AbortSignal;
  readonly onFile: (header: EntryHeader) => void;
  readonly onBytes: (sizeBytes: number) => void;
  readonly note: (text: string) => void;
}

export interface Unpacked {
  readonly files: number;
  readonly bytes: number;
  /** Newer files of this machine that were left as they are. */
  readonly kept: readonly ByteName[];
}

const hostile = (name: string, why: string): OsError =>
  new OsError('host-refused', `the device sends a file that ${why}: ${shownName(name)}`, {
    hint: 'nothing outside of the destination was written',
  });

/** The parts of an entry's name. Throws OsError `host-refused` for one that leads upwards. */
function partsOf(name: string): string[] {
  const parts = name.split('/').filter(part => part !== '' && part !== '.');
  const isUnsafe = parts.some(
    part => part === '..' || part.includes('\0') || (path.sep === '\\' && /[\\:]/.test(part)),
  );
  if (isUnsafe) throw hostile(name, 'leads out of the destination');
  return parts;
}

/** undefined where nothing is. */
async function lookAt(file: ByteName): Promise<Stats | undefined> {
  try {
    return await lstat(bytesOf(file));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw localFailure(file, error);
  }
}

/** Resolves to undefined where a link leads to nothing, in a circle, or to where this user may not look. */
async function findTarget(link: ByteName): Promise<Stats | undefined> {
  try {
    return await stat(bytesOf(link));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes(errnoOf(error) ?? '')) return undefined;
    throw localFailure(link, error);
  }
}

/** Files of at most so many bytes are held in memory and written at once. */
const smallBytes = 64 * 1024;

class Unpacking {
  readonly #options: UnpackOptions;
  readonly #nonce = randomBytes(6).toString('hex');
  readonly #safe = new Set<string>();
  /** Directories that were not there. */
  readonly #made = new Set<string>();
  readonly #directories: { readonly file: ByteName; readonly header: EntryHeader }[] = [];
  readonly #links: { readonly file: ByteName; readonly header: EntryHeader }[] = [];
  /** By name, the paths of the entries written so far: hard links name them. */
  readonly #written = new Map<string, string>();
  readonly #kept: ByteName[] = [];
  #count = 0;
  #files = 0;
  #bytes = 0;

  constructor(options: UnpackOptions) {
    this.#options = options;
  }

  /** The directory of `file`, made where it is missing, each part of it a real directory. */
  async #openParent(file: ByteName): Promise<void> {
    const { root } = this.#options;
    const parent = path.dirname(file);
    if (parent !== root && !parent.startsWith(root.endsWith(path.sep) ? root : root + path.sep))
      throw hostile(file, 'leads out of the destination');
    let at = root;
    for (const part of path
      .relative(root, parent)
      .split(path.sep)
      .filter(it => it !== '')) {
      at = path.join(at, part);
      if (this.#safe.has(at)) continue;
      const found = await lookAt(at);
      if (found === undefined) {
        await orLocalFailure(at, mkdir(bytesOf(at)));
        this.#made.add(at);
      }
      if (found?.isSymbolicLink() === true) throw hostile(file, 'goes through a link');
      if (found?.isDirectory() === false)
        throw new OsError('usage', `a file is where a directory is meant: ${shownName(at)}`);
      this.#safe.add(at);
    }
  }

  #temporary(file: ByteName): ByteName {
    this.#count += 1;
    return path.join(path.dirname(file), `.os-cp-${this.#nonce}-${this.#count.toString()}`);
  }

  /** False where a newer file of this machine is to stay. Throws OsError where something other than a file is in the way. */
  async #mayReplace(file: ByteName, { mtimeS }: EntryHeader): Promise<boolean> {
    const found = await lookAt(file);
    if (found === undefined) return true;
    if (found.isDirectory())
      throw new OsError('usage', `a directory is where a file is meant: ${shownName(file)}`);
    const meant = found.isSymbolicLink() ? await findTarget(file) : found;
    if (meant?.isFile() === false && !meant.isDirectory())
      throw new OsError('usage', `a device or a pipe is where a file is meant: ${shownName(file)}`, {
        hint: 'copy to - and redirect that: os cp SOURCE - >FILE',
      });
    const isNewer = Math.floor(found.mtimeMs / 1000) > mtimeS;
    if (!isNewer || this.#options.overwritesNewer) return true;
    this.#kept.push(file);
    return false;
  }

  async #setOwner(file: ByteName, { uid, gid }: EntryHeader): Promise<void> {
    if (this.#options.keepsOwners) await lchown(bytesOf(file), uid, gid);
  }

  /** Permission bits; those that lend the owner's rights only with the owner. */
  #modeOf({ mode }: EntryHeader): number {
    return mode & (this.#options.keepsOwners ? 0o7777 : 0o777);
  }

  /** Puts what `make` makes under a temporary name in the place of `file`. */
  async #replace(file: ByteName, make: (temporary: ByteName) => Promise<void>): Promise<void> {
    const temporary = this.#temporary(file);
    try {
      await make(temporary);
      await rename(bytesOf(temporary), bytesOf(file));
    } catch (error) {
      await rm(bytesOf(temporary), { force: true });
      throw localFailure(file, error);
    }
  }

  async #writeFile(file: ByteName, { header, content }: ArchiveEntry): Promise<void> {
    await this.#openParent(file);
    if (!(await this.#mayReplace(file, header))) return;
    const { onBytes, onFile, signal } = this.#options;
    onFile(header);
    this.#files += 1;
    if (header.sizeBytes <= smallBytes) {
      const bytes = Buffer.alloc(header.sizeBytes);
      for await (const piece of content) piece.bytes.copy(bytes, piece.at);
      const { uid, gid, mtimeS } = header;
      const owner = this.#options.keepsOwners ? { uid, gid } : undefined;
      writeSmall(this.#temporary(file), file, bytes, { mode: this.#modeOf(header), mtimeS, owner });
      this.#bytes += bytes.length;
      onBytes(bytes.length);
      return;
    }
    await this.#replace(file, async temporary => {
      await using handle = await open(bytesOf(temporary), 'wx', 0o600);
      const writer = new HoleWriter(handle);
      let written = 0;
      for await (const piece of content) {
        signal.throwIfAborted();
        await writer.write(piece);
        onBytes(piece.bytes.length);
        written += piece.bytes.length;
      }
      await writer.end(header.sizeBytes);
      onBytes(header.sizeBytes - written);
      await this.#setOwner(temporary, header);
      await handle.chmod(this.#modeOf(header));
      await handle.utimes(header.mtimeS, header.mtimeS);
      this.#bytes += header.sizeBytes;
    });
  }

  async #makeDirectory(file: ByteName, header: EntryHeader): Promise<void> {
    await this.#openParent(path.join(file, 'x'));
    this.#directories.push({ file, header });
  }

  /** Takes one entry. */
  async take(entry: ArchiveEntry): Promise<void> {
    const { header } = entry;
    const parts = partsOf(header.name);
    const file = this.#options.placeOf(parts, header);
    if (file === undefined) return;
    checkLocalName(parts.join('/'));
    switch (header.type) {
      case 'file':
        this.#written.set(parts.join('/'), file);
        return this.#writeFile(file, entry);
      case 'directory':
        return this.#makeDirectory(file, header);
      case 'symlink':
      case 'link':
        this.#links.push({ file, header });
        return;
      case 'other':
        this.#options.note(`left out, as it is no file: ${shownName(header.name)}`);
    }
  }

  async #makeLink(file: ByteName, header: EntryHeader): Promise<void> {
    await this.#openParent(file);
    if (!(await this.#mayReplace(file, header))) return;
    const { linkname } = header;
    if (header.type === 'link') {
      const first = this.#written.get(partsOf(linkname).join('/'));
      if (first === undefined) throw hostile(header.name, 'is a link to what it has not sent');
      if (this.#kept.includes(first)) return;
      await this.#replace(file, temporary => link(bytesOf(first), bytesOf(temporary)));
    } else {
      await this.#replace(file, async temporary => {
        await symlink(bytesOf(linkname), bytesOf(temporary));
        await this.#setOwner(temporary, header);
        await lutimes(bytesOf(temporary), header.mtimeS, header.mtimeS);
      });
    }
    this.#files += 1;
  }

  async #completeMade(file: ByteName, header: EntryHeader): Promise<void> {
    await orLocalFailure(file, this.#setOwner(file, header));
    // A directory that its owner could not use would end the next copy.
    await orLocalFailure(file, chmod(bytesOf(file), this.#modeOf(header) | 0o700));
    await orLocalFailure(file, utimes(bytesOf(file), header.mtimeS, header.mtimeS));
  }

  /** Of a directory that was there before, which keeps its owner and its mode, and its time too if it is another user's. */
  async #setTime(file: ByteName, { mtimeS }: EntryHeader): Promise<void> {
    try {
      await utimes(bytesOf(file), mtimeS, mtimeS);
    } catch (error) {
      this.#options.note(`the time of a directory stays as it is: ${shownName(file)}: ${messageOf(error)}`);
    }
  }

  /** Makes the links, hard ones first, and then sets what writing has changed of directories, the deepest first. */
  async finish(): Promise<Unpacked> {
    for (const type of ['link', 'symlink'])
      for (const { file, header } of this.#links)
        if (header.type === type) await this.#makeLink(file, header);
    for (const { file, header } of this.#directories.toReversed())
      await (this.#made.has(file) ? this.#completeMade(file, header) : this.#setTime(file, header));
    return { files: this.#files, bytes: this.#bytes, kept: this.#kept };
  }
}

/** The error for an archive of the device that is damaged or ends too early. */
export const cutOff = (cause: unknown): OsError =>
  new OsError('connection-lost', `what the device sends is cut off: ${messageOf(cause)}`, { cause });

/** Unpacks the archives in `tar`, one after the other. Throws OsError; what was written whole until then stays. */
export async function unpackLocal(tar: Readable, options: UnpackOptions): Promise<() => Promise<Unpacked>> {
  const unpacking = new Unpacking(options);
  addAbortSignal(options.signal, tar);
  try {
    for await (const entry of readEntries(tar)) await unpacking.take(entry);
  } catch (error) {
    tar.destroy();
    options.signal.throwIfAborted();
    const isOfStream = errnoOf(error)?.startsWith('ERR_') ?? true;
    throw error instanceof OsError || !isOfStream ? error : cutOff(error);
  }
  return () => unpacking.finish();
}
