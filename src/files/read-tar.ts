/** Reads a tar at random: POSIX ustar with pax records, and GNU's long names. */
import { readPax } from './read-pax.ts';
import { hasChecksum, readNumber, textOf } from './tar-fields.ts';
import { blockBytes } from './tar-header.ts';

export interface TarPlace {
  readonly name: string;
  /** The type flag: `0` a file, `5` a directory, `2` a symbolic link, … */
  readonly type: string;
  readonly sizeBytes: number;
  /** Offset of its content. */
  readonly at: number;
}

/** Resolves with exactly `length` bytes from `offset` on. */
export type ReadBytes = (offset: number, length: number) => Promise<Buffer>;

/** Names and pax records are short; more is damage. */
const mostNameBytes = 1024 * 1024;

/** Thrown for what is no tar, or a damaged one. */
export class TarDamage extends Error {}

function damaged(): never {
  throw new TarDamage('a header of the archive is damaged');
}

/** The entries of the tar that lies in `[start, end)`. Throws TarDamage. */
export async function* readTarPlaces(read: ReadBytes, start: number, end: number): AsyncGenerator<TarPlace> {
  let at = start;
  let longName: string | undefined;
  let pax: ReadonlyMap<string, string> = new Map();
  while (at + blockBytes <= end) {
    const header = await read(at, blockBytes);
    if (header.every(byte => byte === 0)) return;
    if (!hasChecksum(header)) damaged();
    const type = String.fromCharCode(header.readUInt8(156) || 0x30);
    const declared = readNumber(header, 124, 12);
    const sizeBytes = Number(pax.get('size') ?? declared);
    const content = at + blockBytes;
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || content + sizeBytes > end)
      throw new TarDamage('the archive ends too early');
    at = content + Math.ceil(sizeBytes / blockBytes) * blockBytes;
    if (type === 'x' || type === 'L') {
      if (sizeBytes > mostNameBytes) throw new TarDamage('a name in the archive is too long');
      const bytes = await read(content, sizeBytes);
      if (type === 'x') pax = readPax(bytes) ?? damaged();
      else longName = textOf(bytes, 0, bytes.length, 'utf8');
      continue;
    }
    if (type === 'g') continue;
    const prefix = textOf(header, 345, 155, 'utf8');
    const isPosix = header.toString('latin1', 257, 263) === 'ustar\0';
    const short = textOf(header, 0, 100, 'utf8');
    const path = pax.get('path');
    const whole = path === undefined ? longName : Buffer.from(path, 'latin1').toString();
    const name = whole ?? (isPosix && prefix !== '' ? `${prefix}/${short}` : short);
    yield { name, type, sizeBytes, at: content };
    longName = undefined;
    pax = new Map();
  }
  throw new TarDamage('the archive ends too early');
}
