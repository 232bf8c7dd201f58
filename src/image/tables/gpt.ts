/**
 * The GUID partition table (UEFI specification, chapter 5): a header and its entries, each with a CRC, stored twice.
 */
import { crc32 } from 'node:zlib';
import { OsError } from '../../core/errors.ts';
import { isWithin, type BlockReader } from '../blocks/block-device.ts';
import { findMisplaced, type Partition, type PartitionTable } from './partition-table.ts';

const signature = 'EFI PART';
const sectorSizes = [512, 1024, 2048, 4096] as const;
const mostEntryBytes = 4096;
const mostEntries = 1024;

interface Header {
  readonly sectorBytes: number;
  readonly entriesAt: number;
  readonly entryCount: number;
  readonly entryBytes: number;
  readonly entriesCrc: number;
}

const hasSignature = (bytes: Buffer, at: number): boolean =>
  bytes.length >= at + 92 && bytes.toString('latin1', at, at + 8) === signature;

const lba = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));

/** The header that begins `bytes`, or a sentence about why it cannot be trusted. */
function parseHeader(bytes: Buffer, sectorBytes: number): Header | string {
  const headerBytes = bytes.readUInt32LE(12);
  if (headerBytes < 92 || headerBytes > Math.min(sectorBytes, bytes.length))
    return 'its length is impossible';
  const copy = Buffer.from(bytes.subarray(0, headerBytes));
  copy.writeUInt32LE(0, 16);
  if (crc32(copy) !== bytes.readUInt32LE(16)) return 'its checksum is wrong';
  const entryCount = bytes.readUInt32LE(80);
  const entryBytes = bytes.readUInt32LE(84);
  if (entryBytes < 128 || entryBytes > mostEntryBytes || entryBytes % 8 !== 0)
    return 'its entries have an impossible size';
  if (entryCount === 0 || entryCount > mostEntries) return 'it has an impossible number of entries';
  return {
    sectorBytes,
    entriesAt: lba(bytes, 72) * sectorBytes,
    entryCount,
    entryBytes,
    entriesCrc: bytes.readUInt32LE(88),
  };
}

function formatGuid(bytes: Buffer): string {
  const hex = (part: Buffer): string => part.toString('hex');
  const swapped = (from: number, to: number): string => hex(Buffer.from(bytes.subarray(from, to)).reverse());
  return [
    swapped(0, 4),
    swapped(4, 6),
    swapped(6, 8),
    hex(bytes.subarray(8, 10)),
    hex(bytes.subarray(10, 16)),
  ].join('-');
}

/** Returns the name in an entry; undefined if it is empty. */
function nameOf(entry: Buffer): string | undefined {
  const name = entry.toString('utf16le', 56, 128).replace(/\0.*$/su, '');
  return name === '' ? undefined : name;
}

function parseEntries(
  entries: Buffer,
  { entryBytes, entryCount, sectorBytes }: Header,
): readonly Partition[] {
  const partitions: Partition[] = [];
  for (let index = 0; index < entryCount; index += 1) {
    const entry = entries.subarray(index * entryBytes, (index + 1) * entryBytes);
    if (entry.subarray(0, 16).every(byte => byte === 0)) continue;
    const first = lba(entry, 32);
    const last = lba(entry, 40);
    if (last < first || !Number.isSafeInteger((last + 1) * sectorBytes))
      throw new OsError(
        'image-invalid',
        `the partition table is damaged: partition ${(index + 1).toString()} ends before it begins`,
      );
    partitions.push({
      number: index + 1,
      startBytes: first * sectorBytes,
      sizeBytes: (last - first + 1) * sectorBytes,
      type: formatGuid(entry.subarray(0, 16)),
      name: nameOf(entry),
      isLogical: false,
    });
  }
  return partitions.sort((a, b) => a.startBytes - b.startBytes);
}

/** The partitions that the header beginning `bytes` leads to, or a sentence about why they cannot be trusted. */
async function readEntries(
  device: BlockReader,
  bytes: Buffer,
  sectorBytes: number,
): Promise<readonly Partition[] | string> {
  const header = parseHeader(bytes, sectorBytes);
  if (typeof header === 'string') return header;
  const length = header.entryCount * header.entryBytes;
  if (!isWithin(header.entriesAt, length, device.sizeBytes ?? Number.MAX_SAFE_INTEGER))
    return 'its entries lie outside of the image';
  // Entries follow the first header at once; a damaged address must not make a compressed image be read to its end.
  if (device.sizeBytes === undefined && header.entriesAt > 2 ** 20) return 'its entries lie far away';
  const entries = await device.read(header.entriesAt, length);
  if (crc32(entries) !== header.entriesCrc) return 'the checksum of its entries is wrong';
  return parseEntries(entries, header);
}

/** Reads possible headers of the backup: the last sector, in each of the sizes that a sector may have. */
async function* findBackups(
  device: BlockReader,
): AsyncGenerator<{ readonly bytes: Buffer; readonly sectorBytes: number }> {
  for (const sectorBytes of sectorSizes) {
    const at = (device.sizeBytes ?? 0) - sectorBytes;
    if (at < sectorBytes) return;
    const bytes = await device.read(at, sectorBytes);
    if (hasSignature(bytes, 0)) yield { bytes, sectorBytes };
  }
}

/**
 * Reads the GPT of `device`, whose beginning is `head`; undefined if it has none. Throws OsError `image-invalid` if
 * both the first copy and the backup are damaged.
 */
export async function readGpt(device: BlockReader, head: Buffer): Promise<PartitionTable | undefined> {
  const toTable = (
    partitions: readonly Partition[],
    sectorBytes: number,
    damage?: string,
  ): PartitionTable => ({
    kind: 'gpt',
    sectorBytes,
    partitions,
    extended: undefined,
    damage,
    problems: [...(damage === undefined ? [] : [damage]), ...findMisplaced(partitions, device.sizeBytes)],
  });
  const reasons: string[] = [];
  for (const sectorBytes of sectorSizes) {
    if (!hasSignature(head, sectorBytes)) continue;
    const found = await readEntries(device, head.subarray(sectorBytes), sectorBytes);
    if (typeof found !== 'string') return toTable(found, sectorBytes);
    reasons.push(found);
  }
  const isAnnounced = reasons.length > 0 || announcesGpt(head);
  if (!isAnnounced) return undefined;
  const first = reasons[0] ?? 'it is missing';
  for await (const { bytes, sectorBytes } of findBackups(device)) {
    const found = await readEntries(device, bytes, sectorBytes);
    if (typeof found !== 'string')
      return toTable(
        found,
        sectorBytes,
        `the first copy of the GPT cannot be used: ${first}; this is its backup`,
      );
    reasons.push(`its backup too: ${found}`);
  }
  throw new OsError('image-invalid', `the GPT cannot be used: ${[first, ...reasons.slice(1)].join('; ')}`);
}

/** True if the protective MBR in `head` announces a GPT. */
const announcesGpt = (head: Buffer): boolean =>
  head.length >= 512 &&
  head.readUInt16LE(510) === 0xaa55 &&
  [0, 1, 2, 3].some(index => head[446 + index * 16 + 4] === 0xee);
