/** The pixels of a PNG, small enough for a terminal (PNG specification, third edition: filters, palettes, interlacing). */
import { inflateSync } from 'node:zlib';
import { chunksOf, inspectPng, samplesOf } from './png.ts';

/** Pixels in rows from the top, three bytes each: red, green, blue. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** Adam7: where each pass begins, and its steps; one pass of everything where a picture is not interlaced. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** Undoes the filter of one row, in place. `step`: bytes of a pixel, at least 1. */
function unfilter(kind: number, row: Buffer, above: Buffer, step: number): void {
  for (let at = 0; at < row.length; at += 1) {
    const left = at < step ? 0 : (row[at - step] ?? 0);
    const up = above[at] ?? 0;
    const corner = at < step ? 0 : (above[at - step] ?? 0);
    const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][kind] ?? 0;
    row[at] = ((row[at] ?? 0) + guess) & 0xff;
  }
}

/** Sum of colours over the pixels that fall into each cell of the small picture. */
class Shrinking {
  readonly #sums: Float64Array;
  readonly #counts: Uint32Array;
  readonly #from: { readonly width: number; readonly height: number };
  readonly width: number;
  readonly height: number;

  constructor(from: { readonly width: number; readonly height: number }, width: number, height: number) {
    this.#from = from;
    this.width = width;
    this.height = height;
    this.#sums = new Float64Array(width * height * 3);
    this.#counts = new Uint32Array(width * height);
  }

  add(x: number, y: number, red: number, green: number, blue: number): void {
    const column = Math.floor((x * this.width) / this.#from.width);
    const cell = Math.floor((y * this.height) / this.#from.height) * this.width + column;
    this.#counts[cell] = (this.#counts[cell] ?? 0) + 1;
    for (const [index, value] of [red, green, blue].entries())
      this.#sums[cell * 3 + index] = (this.#sums[cell * 3 + index] ?? 0) + value;
  }

  rgb(): Uint8Array {
    return Uint8Array.from(this.#sums, (sum, index) =>
      Math.round(sum / Math.max(1, this.#counts[Math.floor(index / 3)] ?? 1)),
    );
  }
}

/**
 * Decodes a PNG and shrinks it into `most` pixels, keeping its proportions. Transparent pixels are black, as on the screen of
 * a device that boots. Throws OsError `config-invalid` as `inspectPng` does.
 */
export function readPicture(
  content: Uint8Array,
  most: { readonly width: number; readonly height: number },
): Picture {
  const { width, height, bitDepth } = inspectPng(content);
  const chunks = [...chunksOf(Buffer.from(content))];
  const find = (type: string): Buffer | undefined => chunks.find(chunk => chunk.type === type)?.data;
  const header = find('IHDR') ?? Buffer.alloc(13);
  const colourType = header[9] ?? 0;
  const isInterlaced = header[12] === 1;
  const palette = find('PLTE');
  const alphas = find('tRNS');
  const count = samplesOf(colourType);
  const packed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  const raw = inflateSync(packed);
  const share = Math.min(1, most.width / width, most.height / height);
  const shrinking = new Shrinking(
    { width, height },
    Math.max(1, Math.round(width * share)),
    Math.max(1, Math.round(height * share)),
  );
  const sample = (row: Buffer, index: number): number => {
    if (bitDepth === 8) return row[index] ?? 0;
    if (bitDepth === 16) return row[index * 2] ?? 0;
    const bit = index * bitDepth;
    return ((row[bit >> 3] ?? 0) >> (8 - bitDepth - (bit & 7))) & ((1 << bitDepth) - 1);
  };
  const addPixel = (row: Buffer, index: number, x: number, y: number): void => {
    const value = (offset: number): number => sample(row, index * count + offset);
    let [red, green, blue, alpha] = [value(0), value(1), value(2), 255];
    if (colourType === 3) {
      const entry = value(0);
      alpha = alphas?.[entry] ?? 255;
      [red, green, blue] = [0, 1, 2].map(it => palette?.[entry * 3 + it] ?? 0) as [number, number, number];
    } else if (colourType === 0 || colourType === 4) {
      const grey = bitDepth < 8 ? Math.round((value(0) * 255) / ((1 << bitDepth) - 1)) : value(0);
      if (colourType === 4) alpha = value(1);
      else if (value(0) === alphas?.[bitDepth === 16 ? 0 : 1]) alpha = 0;
      [red, green, blue] = [grey, grey, grey];
    } else if (colourType === 6) alpha = value(3);
    shrinking.add(x, y, (red * alpha) / 255, (green * alpha) / 255, (blue * alpha) / 255);
  };
  let at = 0;
  for (const [left, top, stepX, stepY] of isInterlaced ? passes : [[0, 0, 1, 1] as const]) {
    const columns = Math.ceil((width - left) / stepX);
    const rows = Math.ceil((height - top) / stepY);
    if (columns <= 0 || rows <= 0) continue;
    const rowBytes = Math.ceil((columns * count * bitDepth) / 8);
    let above: Buffer = Buffer.alloc(rowBytes);
    for (let y = 0; y < rows && at + 1 + rowBytes <= raw.length; y += 1) {
      const row = raw.subarray(at + 1, at + 1 + rowBytes);
      unfilter(raw[at] ?? 0, row, above, Math.max(1, (count * bitDepth) >> 3));
      for (let x = 0; x < columns; x += 1) addPixel(row, x, left + x * stepX, top + y * stepY);
      above = row;
      at += 1 + rowBytes;
    }
  }
  return { width: shrinking.width, height: shrinking.height, rgb: shrinking.rgb() };
}
