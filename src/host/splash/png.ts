/** Reads the properties of a PNG file from its bytes (PNG specification, third edition). */
import { crc32, inflateSync } from 'node:zlib';
import { OsError } from '../../core/errors.ts';

export interface PngFacts {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly hasAlpha: boolean;
  readonly sizeBytes: number;
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Samples a pixel by colour type: grey, RGB, palette, grey with alpha, RGB with alpha. */
const samples: Readonly<Partial<Record<number, number>>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
export const samplesOf = (colourType: number): number => samples[colourType] ?? 1;
const depths: Readonly<Partial<Record<number, readonly number[]>>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
/** More pixels than any screen of a board, and little memory. */
const maxPixels = 8192 * 8192;

const invalid = (problem: string): OsError =>
  new OsError('config-invalid', `the picture cannot be used: ${problem}`, {
    hint: 'the logo is a PNG file; 840 x 840 pixels with transparency fits every screen',
  });

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/** The parts of a PNG, each compared with its checksum. Throws OsError `config-invalid`. */
export function* chunksOf(bytes: Buffer): Generator<Chunk> {
  let at = signature.length;
  while (at < bytes.length) {
    if (at + 12 > bytes.length) throw invalid('it is cut off');
    const end = at + 12 + bytes.readUInt32BE(at);
    if (end > bytes.length) throw invalid('it is cut off');
    const type = bytes.toString('latin1', at + 4, at + 8);
    const data = bytes.subarray(at + 8, end - 4);
    if (crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4))
      throw invalid(`its part ${JSON.stringify(type)} is damaged`);
    yield { type, data };
    if (type === 'IEND') return;
    at = end;
  }
  throw invalid('it has no end');
}

/** The bytes of the pixels, with one byte of filter a line; undefined for the seven passes of an interlaced picture. */
function pixelBytes(
  width: number,
  height: number,
  bitsPerPixel: number,
  isInterlaced: boolean,
): number | undefined {
  return isInterlaced ? undefined : height * (1 + Math.ceil((width * bitsPerPixel) / 8));
}

/** Throws OsError `config-invalid` for what no reader of PNG would show. */
export function inspectPng(content: Uint8Array): PngFacts {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (!bytes.subarray(0, signature.length).equals(signature)) throw invalid('it is no PNG file');
  const chunks = [...chunksOf(bytes)];
  const [header] = chunks;
  if (header?.type !== 'IHDR' || header.data.length !== 13) throw invalid('it has no header');
  const { data } = header;
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
  const [bitDepth = 0, colourType = -1, compression, filter, interlace] = data.subarray(8);
  const count = samples[colourType];
  if (
    count === undefined ||
    depths[colourType]?.includes(bitDepth) !== true ||
    compression !== 0 ||
    filter !== 0
  )
    throw invalid('its header names a format that does not exist');
  if (width < 1 || height < 1 || width * height > maxPixels)
    throw invalid(`it has ${width.toString()} x ${height.toString()} pixels`);
  if (colourType === 3 && !chunks.some(({ type }) => type === 'PLTE')) throw invalid('it has no palette');
  const packed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(chunk => chunk.data));
  const wanted = pixelBytes(width, height, count * bitDepth, interlace === 1);
  let found: number;
  try {
    found = inflateSync(packed, { maxOutputLength: maxPixels * 9 }).length;
  } catch {
    throw invalid('its pixels are damaged');
  }
  if (wanted !== undefined && found < wanted) throw invalid('some of its pixels are missing');
  const hasAlpha = colourType >= 4 || chunks.some(({ type }) => type === 'tRNS');
  return { width, height, bitDepth, hasAlpha, sizeBytes: bytes.length };
}
