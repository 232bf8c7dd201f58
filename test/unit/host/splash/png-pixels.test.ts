import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readPicture } from '../../../../src/host/splash/png-pixels.ts';
import { renderPicture } from '../../../../src/ui/host/picture.ts';
import { encodePng, type PngPicture } from '../../../support/png.ts';

const most = { width: 48, height: 32 };
const kinds = [
  ...([1, 2, 4, 8, 16] as const).map(bitDepth => [0, bitDepth, 1] as const),
  ...([8, 16] as const).flatMap(
    bitDepth =>
      [
        [2, bitDepth, 3],
        [4, bitDepth, 2],
        [6, bitDepth, 4],
      ] as const,
  ),
  ...([1, 2, 4, 8] as const).map(bitDepth => [3, bitDepth, 1] as const),
];

const palette = Buffer.from(Array.from({ length: 768 }, (_, index) => (index * 7) % 256));

/** The colour of a pixel on black, by the specification. */
function colourOf(
  { colourType, bitDepth }: Pick<PngPicture, 'colourType' | 'bitDepth'>,
  samples: readonly number[],
): number[] {
  const whole = samples.map(it => (bitDepth === 16 ? it >> 8 : it));
  const [first = 0, second = 0, third = 0, fourth = 255] = whole;
  if (colourType === 3) return [...palette.subarray(first * 3, first * 3 + 3)];
  const grey = bitDepth < 8 ? Math.round((first * 255) / (2 ** bitDepth - 1)) : first;
  if (colourType === 0) return [grey, grey, grey];
  const alpha = colourType === 4 ? second : fourth;
  const colour = colourType === 4 ? [grey, grey, grey] : [first, second, third];
  return colour.map(it => Math.round((it * (colourType === 2 ? 255 : alpha)) / 255));
}

describe('the picture of a boot logo', () => {
  it('has the pixels of the file, in every colour type, depth and filter, interlaced or not', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 2 ** 30 }),
        ([colourType, bitDepth, count], width, height, isInterlaced, seed) => {
          const random = (n: number): number => Math.imul(seed ^ (n * 2_654_435_761), 48_271) >>> 8;
          const picture: PngPicture = {
            ...{ width, height, colourType, bitDepth, isInterlaced },
            ...(colourType === 3 && { palette }),
            samplesAt: (x, y) =>
              Array.from(
                { length: count },
                (_, index) => random((y * width + x) * 4 + index) % 2 ** bitDepth,
              ),
            filterOf: row => random(row + 99_991) % 5,
          };
          const { rgb, ...size } = readPicture(encodePng(picture), most);
          assert.deepEqual(size, { width, height });
          const expected = Array.from({ length: width * height }, (_, index) =>
            colourOf(picture, picture.samplesAt(index % width, Math.floor(index / width))),
          ).flat();
          assert.deepEqual([...rgb], expected);
        },
      ),
    );
  });

  it('is shrunk in its proportions, and black where it is transparent', () => {
    const white = encodePng({
      ...{ width: 400, height: 100, colourType: 6, bitDepth: 8, isInterlaced: false },
      samplesAt: x => (x < 200 ? [255, 255, 255, 255] : [255, 255, 255, 0]),
      filterOf: () => 0,
    });
    const { width, height, rgb } = readPicture(white, most);
    assert.deepEqual([width, height], [48, 12]);
    assert.deepEqual([rgb[0], rgb[47 * 3]], [255, 0]);
  });

  it('is drawn with two pixels a cell, in as many colours as the terminal has', () => {
    const picture = { width: 2, height: 2, rgb: Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0) };
    assert.equal(
      renderPicture(picture, 'true'),
      '\x1b[38;2;255;0;0m\x1b[48;2;0;0;255m▀\x1b[38;2;0;0;0m\x1b[48;2;0;0;0m▀\x1b[0m\n',
    );
    assert.equal(
      renderPicture(picture, '256'),
      '\x1b[38;5;196m\x1b[48;5;21m▀\x1b[38;5;16m\x1b[48;5;16m▀\x1b[0m\n',
    );
    const white = { width: 1, height: 3, rgb: new Uint8Array(9).fill(255) };
    assert.equal(renderPicture(white, 'none'), '█\n▒\n');
  });
});
