/** Fields of a tar header, as POSIX and GNU tar write them. */

const [checksumAt, checksumEnd] = [148, 156];

/** Reads the text up to a zero. `latin1`: one character a byte. */
export function textOf(block: Buffer, at: number, length: number, encoding: 'utf8' | 'latin1'): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString(encoding, 0, end === -1 ? field.length : end);
}

/** Reads octal, or the binary form that GNU tar has for numbers that do not fit; NaN for neither. */
export function readNumber(block: Buffer, at: number, length: number): number {
  const field = block.subarray(at, at + length);
  const first = field[0] ?? 0;
  if (first < 0x80) {
    const digits = textOf(field, 0, length, 'latin1').trim();
    return digits === '' ? 0 : /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : Number.NaN;
  }
  let value = first === 0xff ? -1 : first & 0x7f;
  for (const byte of field.subarray(1)) value = value * 256 + byte;
  return value;
}

/** Returns `length` bytes of a header, the last of octal digits a zero. */
export function writeNumber(value: number, length: number): Buffer {
  const digits = value.toString(8);
  if (value >= 0 && digits.length < length) return Buffer.from(`${digits.padStart(length - 1, '0')}\0`);
  const field = Buffer.alloc(length, value < 0 ? 0xff : 0);
  let rest = BigInt(value);
  for (let i = length - 1; i > 0; i -= 1) {
    field[i] = Number(BigInt.asUintN(8, rest));
    rest >>= 8n;
  }
  if (value >= 0) field[0] = 0x80;
  return field;
}

/** Returns the sum of the bytes of a header, the field of the checksum counted as blanks. */
function sumOf(header: Buffer): number {
  return header.reduce((sum, byte, at) => sum + (at >= checksumAt && at < checksumEnd ? 0x20 : byte), 0);
}

export const hasChecksum = (header: Buffer): boolean =>
  readNumber(header, checksumAt, checksumEnd - checksumAt) === sumOf(header);

/** Writes the checksum of a header that is complete otherwise. */
export function writeChecksum(header: Buffer): void {
  header.write(`${sumOf(header).toString(8).padStart(6, '0')}\0 `, checksumAt);
}
