/** Names in a FAT directory: eleven bytes of code page 437, and long names of UTF-16 in slots before them. */
import { OsError } from '../../core/errors.ts';

/** Characters of one long-name slot. */
export const longNamePart = 13;
const mostLongName = 255;

const codePage437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

const decodeByte = (byte: number): string =>
  byte < 0x80 ? String.fromCharCode(byte) : (codePage437[byte - 0x80] ?? '?');

/** Text in the code page of short names, its padding removed. */
export function decodeShortText(bytes: Uint8Array): string {
  return [...bytes]
    .map((byte, index) => (index === 0 && byte === 0x05 ? 0xe5 : byte))
    .map(decodeByte)
    .join('')
    .replace(/ +$/, '');
}

/** The name in the eleven bytes of a short name; `caseBits` is byte 12 of the slot (0x08: base lower, 0x10: extension). */
export function decodeShortName(bytes: Uint8Array, caseBits: number): string {
  const base = decodeShortText(bytes.subarray(0, 8));
  const extension = decodeShortText(bytes.subarray(8, 11));
  const shownBase = (caseBits & 0x08) === 0 ? base : base.toLowerCase();
  const shownExtension = (caseBits & 0x10) === 0 ? extension : extension.toLowerCase();
  return extension === '' ? shownBase : `${shownBase}.${shownExtension}`;
}

/** Names are case-insensitive, as for every other system that uses the volume. */
export const foldName = (name: string): string =>
  Array.from(name)
    .map(character => {
      const upper = character.toUpperCase();
      return upper.length === character.length ? upper : character;
    })
    .join('');

/** Throws OsError `usage` for a name that FAT cannot hold. */
export function checkName(name: string): void {
  const reason =
    name === '' || name === '.' || name === '..'
      ? 'it is no name'
      : // eslint-disable-next-line no-control-regex -- control characters are what this refuses
        /["*/:<>?\\|\x00-\x1f\x7f]/.test(name)
        ? 'it has characters that FAT cannot hold'
        : /[ .]$/.test(name)
          ? 'it ends with a dot or a space'
          : name.length > mostLongName
            ? `it is longer than ${mostLongName.toString()} characters`
            : undefined;
  if (reason !== undefined)
    throw new OsError(
      'usage',
      `cannot use ${JSON.stringify(name)} as a file name on the boot partition: ${reason}`,
    );
}

const shortCharacters = /^[A-Z0-9!#$%&'()\-@^_`{}~]+$/;

function toShortBytes(base: string, extension: string): Buffer {
  return Buffer.from(base.padEnd(8) + extension.padEnd(3), 'latin1');
}

/** Returns the eleven bytes of `name` if it is a valid short name in capitals; else undefined. */
function asShortName(name: string): Buffer | undefined {
  const dot = name.lastIndexOf('.');
  const base = dot === -1 ? name : name.slice(0, dot);
  const extension = dot === -1 ? '' : name.slice(dot + 1);
  if (base.length > 8 || extension.length > 3 || (dot !== -1 && extension === '')) return undefined;
  if (!shortCharacters.test(base) || !(extension === '' || shortCharacters.test(extension))) return undefined;
  return toShortBytes(base, extension);
}

/** A short alias of `name`, with a number behind it, that `isTaken` does not know. */
function makeAlias(name: string, isTaken: (short: Buffer) => boolean): Buffer {
  const clean = (text: string): string =>
    Array.from(text.toUpperCase())
      .filter(character => character !== ' ' && character !== '.')
      .map(character => (shortCharacters.test(character) ? character : '_'))
      .join('');
  const trimmed = name.replace(/^[. ]+/, '');
  const dot = trimmed.lastIndexOf('.');
  const base = clean(dot <= 0 ? trimmed : trimmed.slice(0, dot)) || '_';
  const extension = dot <= 0 ? '' : clean(trimmed.slice(dot + 1)).slice(0, 3);
  for (let number = 1; number < 1_000_000; number += 1) {
    const tail = `~${number.toString()}`;
    const alias = toShortBytes(base.slice(0, 8 - tail.length) + tail, extension);
    if (!isTaken(alias)) return alias;
  }
  throw new OsError('no-space', `the directory has no short name left for ${JSON.stringify(name)}`);
}

export interface EncodedName {
  readonly short: Buffer;
  /** True if the short name differs from the name, so that long-name slots are needed. */
  readonly needsLong: boolean;
}

/** Encodes `name` for a directory; `isTaken` checks the short names that it has. */
export function encodeName(name: string, isTaken: (short: Buffer) => boolean): EncodedName {
  const short = asShortName(name);
  return short === undefined || isTaken(short)
    ? { short: makeAlias(name, isTaken), needsLong: true }
    : { short, needsLong: false };
}

/** The checksum of a short name that each of its long-name slots carries. */
export const shortNameChecksum = (short: Uint8Array): number =>
  short.reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0);

/** The places of a long-name slot's thirteen characters. */
export const longNameOffsets = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30] as const;

/** Returns the long-name slots of `name`, in their order before the short one. */
export function encodeLongName(name: string, short: Uint8Array): readonly Buffer[] {
  const checksum = shortNameChecksum(short);
  const count = Math.ceil(name.length / longNamePart);
  return Array.from({ length: count }, (_, place) => {
    const part = count - place;
    const slot = Buffer.alloc(32);
    slot.writeUInt8(part === count ? part | 0x40 : part, 0);
    slot.writeUInt8(0x0f, 11);
    slot.writeUInt8(checksum, 13);
    longNameOffsets.forEach((offset, index) => {
      const at = (part - 1) * longNamePart + index;
      slot.writeUInt16LE(at < name.length ? name.charCodeAt(at) : at === name.length ? 0 : 0xffff, offset);
    });
    return slot;
  });
}
