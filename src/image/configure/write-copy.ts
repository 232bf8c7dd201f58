import { randomBytes } from 'node:crypto';
import { lstat, open, rename, rm, stat } from 'node:fs/promises';
import { errnoOf, OsError } from '../../core/errors.ts';
import { shellQuote } from '../../core/shell-quote.ts';
import { explainImageFailure } from '../blocks/image-failure.ts';
import { applyPatches, type Patch } from '../blocks/overlay.ts';

const pieceBytes = 64 * 1024;
const ownerOnly = 0o600;
const zeros = Buffer.alloc(pieceBytes);

/**
 * Throws OsError `usage` if there is something at `path` that a copy of `image` must not take the place of: only a file is
 * replaced, never a drive, a link, a directory or a pipe, nor the image itself, which other copies are made of.
 */
export async function checkCopyPath(path: string, image: string): Promise<void> {
  try {
    const found = await lstat(path);
    const source = await stat(image);
    if (found.dev === source.dev && found.ino === source.ino)
      throw new OsError('usage', `${path} is the image itself: a configured copy would take its place`, {
        hint: 'name a new file; without --out a raw image is changed itself',
      });
    if (found.isFile()) return;
    const target = found.isSymbolicLink() ? await stat(path).catch(() => undefined) : found;
    if (target?.isBlockDevice() === true)
      throw new OsError('usage', `${path} is a drive: a configured copy is a file`, {
        hint: `\`os image flash\` writes an image with settings to a drive: --drive ${shellQuote(path)}`,
      });
    const kind = found.isSymbolicLink() ? 'a link' : found.isDirectory() ? 'a directory' : 'not a file';
    throw new OsError('usage', `${path} is ${kind}: a configured copy would take its place`, {
      hint: 'name a new file, or a file that may be replaced',
    });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw error instanceof OsError ? error : explainImageFailure(error, 'write', path);
  }
}

/**
 * Writes the image that `stream` gives, with `patches` applied, to the file `path`, which appears when it is whole. It has
 * the length of the source; stretches of zeros take no space. Only its owner can read it, since settings hold passphrases;
 * a file that it replaces keeps its mode. Returns the length in bytes.
 */
export async function writeCopy(
  stream: AsyncIterable<Buffer>,
  path: string,
  patches: readonly Patch[],
  signal: AbortSignal,
): Promise<number> {
  const staged = `${path}.${randomBytes(4).toString('hex')}.part`;
  try {
    const mode = await readMode(path);
    const file = await open(staged, 'wx', ownerOnly);
    let offset = 0;
    try {
      if (mode !== undefined) await file.chmod(mode);
      for await (const part of stream) {
        signal.throwIfAborted();
        const bytes = Buffer.from(part);
        applyPatches(bytes, offset, patches);
        for (const [start, end] of findContent(bytes))
          await writeAll(file, bytes.subarray(start, end), offset + start);
        offset += bytes.length;
      }
      await file.truncate(offset);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(staged, path);
    return offset;
  } catch (error) {
    await rm(staged, { force: true });
    throw explainImageFailure(error, 'write', path);
  }
}

/** The permission bits of the file at `path`; undefined without one. */
async function readMode(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The stretches of `bytes` that are not zeros, in pieces of 64 KiB. */
function findContent(bytes: Buffer): readonly (readonly [start: number, end: number])[] {
  const stretches: [number, number][] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const end = Math.min(at + pieceBytes, bytes.length);
    if (bytes.compare(zeros, 0, end - at, at, end) === 0) continue;
    const last = stretches.at(-1);
    if (last?.[1] === at) last[1] = end;
    else stretches.push([at, end]);
  }
  return stretches;
}

async function writeAll(
  file: Awaited<ReturnType<typeof open>>,
  bytes: Buffer,
  offset: number,
): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}
