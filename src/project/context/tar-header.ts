/** Headers of a tar as POSIX has them: ustar, and pax before it for what does not fit. */
import { modeOf, type ContextEntry } from './entry.ts';

export const blockBytes = 512;

/** Every entry carries the time that npm gives to files: one that zip, FAT and make can live with, and never now. */
const fixedTimeS = Date.parse('1985-10-26T08:15:00Z') / 1000;
const nameBytes = 100;
const largestSize = 0o77777777777;

const typeFlags = { file: '0', directory: '5', symlink: '2' } as const;

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;

/** One block. What is too long of a name is cut off; pax tells it whole. */
function ustar(type: string, name: string, mode: number, sizeBytes: number, target: string): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0, nameBytes);
  block.write(`${octal(mode, 7)}${octal(0, 7)}${octal(0, 7)}`, 100);
  block.write(`${octal(Math.min(sizeBytes, largestSize), 11)}${octal(fixedTimeS, 11)}        ${type}`, 124);
  block.write(target, 157, nameBytes);
  block.write('ustar\0' + '00', 257);
  block.write(`${octal(0, 7)}${octal(0, 7)}`, 329);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${octal(sum, 6)} `, 148);
  return block;
}

/** `30 path=…\n`; the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let digits = bytes.toString().length;
  if ((bytes + digits).toString().length > digits) digits += 1;
  return `${(bytes + digits).toString()}${rest}`;
}

// ustar's prefix field is left alone: readers differ.
const fits = (text: string): boolean => text.length <= nameBytes && Buffer.byteLength(text) === text.length;

/** The zeros that fill the last block of `sizeBytes`. */
export const paddingOf = (sizeBytes: number): Buffer =>
  Buffer.alloc((blockBytes - (sizeBytes % blockBytes)) % blockBytes);

/** What stands before the content of `entry`. */
export function encodeHeader(entry: ContextEntry, sizeBytes: number): Buffer {
  const target = entry.type === 'symlink' ? entry.target : '';
  const header = ustar(typeFlags[entry.type], entry.name, modeOf(entry), sizeBytes, target);
  const pax = [
    fits(entry.name) ? '' : paxRecord('path', entry.name),
    fits(target) ? '' : paxRecord('linkpath', target),
    sizeBytes <= largestSize ? '' : paxRecord('size', sizeBytes.toString()),
  ].join('');
  if (pax === '') return header;
  const records = Buffer.from(pax);
  const before = ustar('x', 'PaxHeader', 0o644, records.length, '');
  return Buffer.concat([before, records, paddingOf(records.length), header]);
}
