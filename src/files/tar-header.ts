/** Headers of a tar in the format of POSIX: ustar, preceded by pax records for values that do not fit. */
import { writeChecksum } from './tar-fields.ts';

export const blockBytes = 512;

export interface TarEntry {
  readonly type: 'file' | 'directory' | 'symlink';
  /** With `/`; a directory's name ends in `/`. */
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** Target of a symbolic link. */
  readonly target: string;
}

/** The time that npm gives to files too: one that zip, FAT and make can represent, and never now. */
export const fixedTimeS = Date.parse('1985-10-26T08:15:00Z') / 1000;

const nameBytes = 100;
const largestSize = 0o77777777777;
const largestId = 0o7777777;

const typeFlags = { file: '0', directory: '5', symlink: '2' } as const;

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;

/** One block. A name that is too long is cut off: a pax record has the whole of it. */
function ustar(flag: string, { name, mode, uid, gid, sizeBytes, target }: Omit<TarEntry, 'type'>): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0, nameBytes);
  const ids = `${octal(Math.min(uid, largestId), 7)}${octal(Math.min(gid, largestId), 7)}`;
  block.write(`${octal(mode, 7)}${ids}`, 100);
  block.write(`${octal(Math.min(sizeBytes, largestSize), 11)}${octal(fixedTimeS, 11)}`, 124);
  block.write(flag, 156);
  block.write(target, 157, nameBytes);
  block.write('ustar\0' + '00', 257);
  block.write(`${octal(0, 7)}${octal(0, 7)}`, 329);
  writeChecksum(block);
  return block;
}

/** `30 path=…\n`; the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let digits = bytes.toString().length;
  if ((bytes + digits).toString().length > digits) digits += 1;
  return `${(bytes + digits).toString()}${rest}`;
}

// The prefix field of ustar is not used: readers differ about it.
const fits = (text: string): boolean => text.length <= nameBytes && Buffer.byteLength(text) === text.length;

/** The zeros that fill the last block of `sizeBytes`. */
export const paddingOf = (sizeBytes: number): Buffer =>
  Buffer.alloc((blockBytes - (sizeBytes % blockBytes)) % blockBytes);

/** Encodes all blocks that precede the content of `entry`. */
export function encodeTarHeader(entry: TarEntry): Buffer {
  const { name, target, uid, gid, sizeBytes } = entry;
  const header = ustar(typeFlags[entry.type], entry);
  const pax = [
    fits(name) ? '' : paxRecord('path', name),
    fits(target) ? '' : paxRecord('linkpath', target),
    sizeBytes <= largestSize ? '' : paxRecord('size', sizeBytes.toString()),
    uid <= largestId ? '' : paxRecord('uid', uid.toString()),
    gid <= largestId ? '' : paxRecord('gid', gid.toString()),
  ].join('');
  if (pax === '') return header;
  const records = Buffer.from(pax);
  const before = ustar('x', {
    name: 'PaxHeader',
    mode: 0o644,
    uid: 0,
    gid: 0,
    sizeBytes: records.length,
    target: '',
  });
  return Buffer.concat([before, records, paddingOf(records.length), header]);
}
