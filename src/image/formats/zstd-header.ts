import { OsError } from '../../core/errors.ts';
import { formatBytes } from '../../core/units.ts';

/** The longest window that decoders accept by default. */
const mostWindowBytes = 128 * 1024 * 1024;

export interface ZstdHeader {
  readonly windowBytes: number;
  /** The size of the frame's content, if its header has it. */
  readonly contentBytes: number | undefined;
}

/** The header of the first frame in `head` that is not skippable (RFC 8878, 3.1.1); undefined if `head` ends first. */
export function parseZstdHeader(head: Buffer): ZstdHeader | undefined {
  let at = 0;
  while (at + 8 <= head.length && (head.readUInt32LE(at) & 0xfffffff0) >>> 0 === 0x184d2a50)
    at += 8 + head.readUInt32LE(at + 4);
  if (at + 18 > head.length || head.readUInt32LE(at) !== 0xfd2fb528) return undefined;
  const descriptor = head.readUInt8(at + 4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeAt = at + 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  const contentBytes = readContentSize(head, sizeAt, sizeFlag, isSingleSegment);
  if (isSingleSegment) return { windowBytes: contentBytes ?? 0, contentBytes };
  const window = head.readUInt8(at + 5);
  const base = 2 ** (10 + (window >> 3));
  return { windowBytes: base + (base / 8) * (window & 7), contentBytes };
}

function readContentSize(
  head: Buffer,
  at: number,
  flag: number,
  isSingleSegment: boolean,
): number | undefined {
  if (flag === 1) return head.readUInt16LE(at) + 256;
  if (flag === 2) return head.readUInt32LE(at);
  if (flag === 3) return Number(head.readBigUInt64LE(at));
  return isSingleSegment ? head.readUInt8(at) : undefined;
}

/** Throws OsError `image-invalid` if a window is longer than decoders accept, which is not damage. */
export function checkZstdWindow({ windowBytes }: ZstdHeader, path: string): void {
  if (windowBytes <= mostWindowBytes) return;
  throw new OsError(
    'image-invalid',
    `cannot read ${path}: it was compressed with a window of ${formatBytes(windowBytes)}, more than the \
${formatBytes(mostWindowBytes)} that are read`,
    { hint: 'compress it without --long or --ultra, or unpack it with `zstd -d --long=31`' },
  );
}
