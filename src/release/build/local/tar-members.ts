/** The headers of a tar within a file; contents are passed over. */
import type { Mutable } from '../../../core/mutable.ts';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { OsError } from '../../../core/errors.ts';
import { readNumber, textOf } from '../../../files/tar-fields.ts';
import { blockBytes } from '../../../files/tar-header.ts';

/** A part of a file. */
export interface Part {
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface TarMember {
  /** Normalized; a directory's name has no slash at its end. */
  readonly name: string;
  /** `0` file, `1` hard link, `2` symbolic link, `5` directory, … */
  readonly flag: string;
  /** The target as it is written; that of a hard link is normalized. */
  readonly target: string;
  /** Everything that precedes the content, extended headers included. */
  readonly header: Part;
  readonly content: Part;
}

const largestDocument = 16_000_000;

export const unreadable = (why: string): OsError =>
  new OsError('host-unsuitable', `cannot read the image that docker has saved: ${why}`);

/** Reads a small part whole. Throws OsError `host-unsuitable` where it is cut off. */
export async function readPart(file: FileHandle, { offset, sizeBytes }: Part): Promise<Buffer> {
  if (sizeBytes > largestDocument) throw unreadable('a document in it is too large');
  const buffer = Buffer.alloc(sizeBytes);
  const { bytesRead } = await file.read(buffer, 0, sizeBytes, offset);
  if (bytesRead < sizeBytes) throw unreadable('it is cut off');
  return buffer;
}

const padded = (sizeBytes: number): number => Math.ceil(sizeBytes / blockBytes) * blockBytes;

interface Extended {
  readonly path?: string | undefined;
  readonly linkpath?: string | undefined;
  readonly size?: number | undefined;
}

function parsePax(records: Buffer): Extended {
  const found: Mutable<Extended> = {};
  for (let at = 0; at < records.length;) {
    const blank = records.indexOf(0x20, at);
    const length = Number(records.toString('latin1', at, blank));
    if (blank === -1 || !Number.isSafeInteger(length) || length <= 0) break;
    const record = records.toString('utf8', blank + 1, at + length);
    const [, key = '', value = ''] = /^([^=]+)=(.*)\n$/s.exec(record) ?? [];
    if (key === 'path' || key === 'linkpath') found[key] = value;
    if (key === 'size') found.size = Number(value);
    at += length;
  }
  return found;
}

const normalize = (name: string): string => path.posix.normalize(name).replace(/\/$/, '');
const firstLine = (content: Buffer): string => textOf(content, 0, content.length, 'utf8');

/** The members of the tar that fills `part`. Throws OsError `host-unsuitable` where it is cut off. */
export async function* readTarMembers(file: FileHandle, part: Part): AsyncGenerator<TarMember> {
  const end = part.offset + part.sizeBytes;
  let given: Extended = {};
  let start = part.offset;
  for (let at = part.offset; at + blockBytes <= end;) {
    const block = await readPart(file, { offset: at, sizeBytes: blockBytes });
    if (block.every(byte => byte === 0)) break;
    const flag = String.fromCharCode(block[156] ?? 0).replace('\0', '0');
    const isExtension = flag === 'x' || flag === 'g' || flag === 'L' || flag === 'K';
    const sizeBytes = (isExtension ? undefined : given.size) ?? readNumber(block, 124, 12);
    const content = { offset: at + blockBytes, sizeBytes };
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || content.offset + sizeBytes > end)
      throw unreadable('it is cut off');
    at = content.offset + padded(sizeBytes);
    if (flag === 'x') given = { ...given, ...parsePax(await readPart(file, content)) };
    if (flag === 'L') given = { ...given, path: firstLine(await readPart(file, content)) };
    if (flag === 'K') given = { ...given, linkpath: firstLine(await readPart(file, content)) };
    if (isExtension) continue;
    const isUstar = textOf(block, 257, 6, 'utf8') === 'ustar';
    const prefix = isUstar ? textOf(block, 345, 155, 'utf8') : '';
    const short = textOf(block, 0, 100, 'utf8');
    const name = normalize(given.path ?? (prefix === '' ? short : `${prefix}/${short}`));
    const target = given.linkpath ?? textOf(block, 157, 100, 'utf8');
    yield {
      name,
      flag,
      target: flag === '1' ? normalize(target) : target,
      header: { offset: start, sizeBytes: content.offset - start },
      content,
    };
    given = {};
    start = at;
  }
}
