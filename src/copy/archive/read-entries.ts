/**
 * Reads tars as devices send them: of GNU tar, busybox, bsdtar and the engine. Names are kept byte for byte, and sparse files of
 * GNU tar have their holes, neither of which tar-stream can do.
 */
import type { EntryHeader, EntryType, ArchiveEntry, Piece } from './entry.ts';
import { ByteSource, CutOff } from './byte-source.ts';
import { hasChecksum, readNumber, textOf } from '../../files/tar-fields.ts';
import { readPax } from '../../files/read-pax.ts';
import { blockBytes } from '../../files/tar-header.ts';
import { readExtents, type Extent } from './sparse.ts';

/** Bound for what precedes a header, so that a device cannot fill the memory. */
const mostLongBytes = 1024 * 1024;

const types: Readonly<Record<string, EntryType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'link',
  '2': 'symlink',
  '5': 'directory',
};

/** Values of extended headers, which replace those of the header that follows. */
interface Before {
  readonly name?: string;
  readonly linkname?: string;
  readonly pax?: ReadonlyMap<string, string>;
}

/** Throws CutOff for a damaged header, and for a sparse file whose holes are told in pax records. */
function paxOf(bytes: Buffer): ReadonlyMap<string, string> {
  const records = readPax(bytes);
  if (records === undefined) throw new CutOff('a header of the archive is damaged');
  const sparse = [...records.keys()].find(key => key.startsWith('GNU.sparse'));
  if (sparse !== undefined) throw new CutOff(`a sparse file in a form that is not read: ${sparse}`);
  return records;
}

function headerOf(block: Buffer, { name, linkname, pax }: Before, realSizeBytes: number): EntryHeader {
  const flag = textOf(block, 156, 1, 'latin1') || '\0';
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? textOf(block, 345, 155, 'latin1') : '';
  const short = textOf(block, 0, 100, 'latin1');
  const full = pax?.get('path') ?? name ?? (prefix === '' ? short : `${prefix}/${short}`);
  const number = (key: string, at: number, length: number): number =>
    Math.floor(Number(pax?.get(key) ?? readNumber(block, at, length)));
  const type = types[flag] ?? 'other';
  const isLink = type === 'link' || type === 'symlink';
  return {
    // Old tars have files whose names end in / for directories.
    type: type === 'file' && full.endsWith('/') ? 'directory' : type,
    name: full,
    linkname: isLink ? (pax?.get('linkpath') ?? linkname ?? textOf(block, 157, 100, 'latin1')) : '',
    mode: readNumber(block, 100, 8) & 0o7777,
    uid: number('uid', 108, 8),
    gid: number('gid', 116, 8),
    sizeBytes: type === 'file' ? realSizeBytes : 0,
    mtimeS: number('mtime', 136, 12),
  };
}

/** Yields the entries of all tars in `tar`, one after the other. Throws CutOff for what is no tar or ends too early. */
export async function* readEntries(tar: AsyncIterable<Buffer>): AsyncGenerator<ArchiveEntry> {
  await using source = new ByteSource(tar);
  let before: Before = {};
  for (;;) {
    const block = await source.take(blockBytes);
    if (block === undefined) break;
    // Zeros end a tar; another may follow.
    if (block.every(byte => byte === 0)) continue;
    if (!hasChecksum(block)) throw new CutOff('a header of the archive is damaged');
    const flag = textOf(block, 156, 1, 'latin1');
    const heldBytes = Number(before.pax?.get('size') ?? readNumber(block, 124, 12));
    if (!Number.isSafeInteger(heldBytes) || heldBytes < 0)
      throw new CutOff('a size in the archive is damaged');
    const padding = (blockBytes - (heldBytes % blockBytes)) % blockBytes;
    if (flag === 'x' || flag === 'g' || flag === 'L' || flag === 'K') {
      if (heldBytes > mostLongBytes) throw new CutOff('a name in the archive is too long');
      const bytes = await source.need(heldBytes);
      await source.skip(padding);
      if (flag === 'x') before = { ...before, pax: paxOf(bytes) };
      else if (flag === 'L') before = { ...before, name: textOf(bytes, 0, bytes.length, 'latin1') };
      else if (flag === 'K') before = { ...before, linkname: textOf(bytes, 0, bytes.length, 'latin1') };
      continue;
    }
    const sparse = flag === 'S' ? await readExtents(block, source, heldBytes) : undefined;
    const extents: readonly Extent[] = sparse?.extents ?? [{ at: 0, sizeBytes: heldBytes }];
    const header = headerOf(block, before, sparse?.sizeBytes ?? heldBytes);
    before = {};
    let leftBytes = heldBytes;
    const content = async function* (): AsyncGenerator<Piece> {
      for (const extent of extents) {
        let done = 0;
        while (done < extent.sizeBytes) {
          const bytes = await source.some(extent.sizeBytes - done);
          leftBytes -= bytes.length;
          const at = extent.at + done;
          done += bytes.length;
          yield { at, bytes };
        }
      }
    };
    yield { header, content: content() };
    await source.skip(leftBytes + padding);
  }
  if (before.name !== undefined || before.pax !== undefined) throw new CutOff('the archive ends too early');
}
