import { crc32, deflateSync } from 'node:zlib';

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** An RGBA picture of `width` × `height`, or of another colour type with `samples` bytes a pixel. */
export function png(width: number, height: number, colourType = 6, samples = 4, rows = height): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourType, 0, 0, 0], 8);
  const pixels = Buffer.alloc(rows * (1 + width * samples));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

export interface PngPicture {
  readonly width: number;
  readonly height: number;
  readonly colourType: 0 | 2 | 3 | 4 | 6;
  readonly bitDepth: 1 | 2 | 4 | 8 | 16;
  readonly isInterlaced: boolean;
  /** Samples of a pixel: those of the colour type, as they are stored. */
  readonly samplesAt: (x: number, y: number) => readonly number[];
  /** The filter of each row, 0 to 4, in the order of the file. */
  readonly filterOf: (row: number) => number;
  readonly palette?: Buffer;
  readonly transparency?: Buffer;
}

const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** What a filter of the PNG specification takes away from a byte. */
function guess(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return Math.floor((left + up) / 2);
  if (filter < 3) return 0;
  const distances = [left, up, corner].map(it => Math.abs(left + up - corner - it));
  return [left, up, corner][distances.indexOf(Math.min(...distances))] ?? 0;
}

/** Writes a PNG of any colour type, depth, filters and interlacing. */
export function encodePng(picture: PngPicture): Buffer {
  const { width, height, colourType, bitDepth, isInterlaced, samplesAt, filterOf } = picture;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bitDepth, colourType, 0, 0, isInterlaced ? 1 : 0], 8);
  const count = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colourType];
  const step = Math.max(1, (count * bitDepth) >> 3);
  const rows: Buffer[] = [];
  for (const [left, top, stepX, stepY] of isInterlaced ? adam7 : [[0, 0, 1, 1] as const]) {
    let above: Buffer | undefined;
    for (let y = top; y < height && left < width; y += stepY) {
      let bits = '';
      for (let x = left; x < width; x += stepX)
        bits += samplesAt(x, y)
          .map(it => it.toString(2).padStart(bitDepth, '0'))
          .join('');
      const row = Buffer.from(
        (bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g) ?? []).map(it =>
          Number.parseInt(it, 2),
        ),
      );
      const filter = filterOf(rows.length);
      const written = Buffer.from(
        row.map((value, at) => {
          const [leftByte, up, corner] = [
            row[at - step] ?? 0,
            above?.[at] ?? 0,
            at < step ? 0 : (above?.[at - step] ?? 0),
          ];
          return (value - guess(filter, leftByte, up, corner)) & 0xff;
        }),
      );
      rows.push(Buffer.concat([Buffer.from([filter]), written]));
      above = row;
    }
  }
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...(picture.palette === undefined ? [] : [chunk('PLTE', picture.palette)]),
    ...(picture.transparency === undefined ? [] : [chunk('tRNS', picture.transparency)]),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
