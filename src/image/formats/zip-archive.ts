/** Zip archives by their central directory, with zip64 (APPNOTE.TXT 6.3.10). */
import { OsError } from '../../core/errors.ts';
import type { BlockReader } from '../blocks/block-device.ts';

export interface ZipEntry {
  readonly name: string;
  readonly method: 'stored' | 'deflate';
  readonly crc32: number;
  readonly sizeBytes: number;
  readonly compressedBytes: number;
  /** Offset of its compressed bytes. */
  readonly dataAt: number;
}

interface Place {
  readonly entries: number;
  readonly at: number;
  readonly sizeBytes: number;
}

const mostEntries = 10_000;
const mostDirectoryBytes = 2 ** 24;

const damaged = (path: string, what: string): OsError =>
  new OsError('image-invalid', `cannot read ${path}: the zip archive is damaged: ${what}`, {
    hint: 'download it again',
  });

async function findDirectory(
  file: BlockReader & { readonly sizeBytes: number },
  path: string,
): Promise<Place> {
  const tailBytes = Math.min(file.sizeBytes, 65_557);
  const tail = await file.read(file.sizeBytes - tailBytes, tailBytes);
  const end = tail.lastIndexOf(Buffer.from('504b0506', 'hex'));
  if (end === -1 || end + 22 > tail.length) throw damaged(path, 'it ends without a directory');
  const place = {
    entries: tail.readUInt16LE(end + 10),
    sizeBytes: tail.readUInt32LE(end + 12),
    at: tail.readUInt32LE(end + 16),
  };
  if (place.at !== 0xffffffff && place.sizeBytes !== 0xffffffff && place.entries !== 0xffff) return place;
  const locator = end - 20;
  if (locator < 0 || tail.readUInt32LE(locator) !== 0x07064b50) return place;
  const at = Number(tail.readBigUInt64LE(locator + 8));
  const record = await file.read(at, 56);
  if (record.readUInt32LE(0) !== 0x06064b50) throw damaged(path, 'its zip64 directory is missing');
  return {
    entries: Number(record.readBigUInt64LE(32)),
    sizeBytes: Number(record.readBigUInt64LE(40)),
    at: Number(record.readBigUInt64LE(48)),
  };
}

/** The sizes of a directory record, of which the zip64 field has those that do not fit. */
function readSizes(record: Buffer, extra: Buffer): readonly [size: number, compressed: number, at: number] {
  const values = [record.readUInt32LE(24), record.readUInt32LE(20), record.readUInt32LE(42)];
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let next = at + 4;
    values.forEach((value, index) => {
      if (value !== 0xffffffff || next + 8 > extra.length) return;
      values[index] = Number(extra.readBigUInt64LE(next));
      next += 8;
    });
  }
  return [values[0] ?? 0, values[1] ?? 0, values[2] ?? 0];
}

/**
 * The files in a zip archive. Throws OsError `image-invalid` if its directory contradicts itself, as the archives over
 * 4 GiB of some systems do.
 */
export async function readZipEntries(
  file: BlockReader & { readonly sizeBytes: number },
  path: string,
): Promise<readonly ZipEntry[]> {
  const place = await findDirectory(file, path);
  if (
    place.entries > mostEntries ||
    place.sizeBytes > mostDirectoryBytes ||
    place.at + place.sizeBytes > file.sizeBytes
  )
    throw damaged(path, 'its directory is out of place');
  const directory = await file.read(place.at, place.sizeBytes);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let index = 0; index < place.entries; index += 1) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50)
      throw damaged(path, 'its directory is cut off');
    const record = directory.subarray(at, at + 46);
    const nameEnd = at + 46 + record.readUInt16LE(28);
    const extraEnd = nameEnd + record.readUInt16LE(30);
    const name = directory.toString('utf8', at + 46, nameEnd);
    const entry = await readEntry(file, path, record, name, directory.subarray(nameEnd, extraEnd));
    if (entry !== undefined) entries.push(entry);
    at = extraEnd + record.readUInt16LE(32);
  }
  return entries;
}

async function readEntry(
  file: BlockReader & { readonly sizeBytes: number },
  path: string,
  record: Buffer,
  name: string,
  extra: Buffer,
): Promise<ZipEntry | undefined> {
  const [sizeBytes, compressedBytes, headerAt] = readSizes(record, extra);
  if (name.endsWith('/') || sizeBytes === 0) return undefined;
  if ((record.readUInt16LE(8) & 1) !== 0)
    throw new OsError('image-invalid', `cannot read ${path}: ${JSON.stringify(name)} in it is encrypted`);
  const method = record.readUInt16LE(10);
  if (method !== 0 && method !== 8)
    throw new OsError(
      'image-invalid',
      `cannot read ${path}: ${JSON.stringify(name)} in it is compressed by method ${method.toString()}`,
      { hint: 'unpack it first' },
    );
  if (headerAt + 30 > file.sizeBytes) throw damaged(path, 'an entry lies outside of it');
  const header = await file.read(headerAt, 30);
  const dataAt = headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (header.readUInt32LE(0) !== 0x04034b50 || dataAt + compressedBytes > file.sizeBytes)
    throw damaged(path, 'its directory does not fit its entries');
  return {
    name,
    method: method === 0 ? 'stored' : 'deflate',
    crc32: record.readUInt32LE(16),
    sizeBytes,
    compressedBytes,
    dataAt,
  };
}
