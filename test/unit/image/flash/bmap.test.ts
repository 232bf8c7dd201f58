import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { bmapPaths, createBmapCheck, parseBmap } from '../../../../src/image/flash/bmap.ts';

const block = 4096;
const image = Buffer.alloc(3 * block + 700, 'i');
const sum = (start: number, end: number): string =>
  createHash('sha256').update(image.subarray(start, end)).digest('hex');

/** A block map of the first block, and of the last two, the last of which the image's end cuts off. */
function makeBmap(ranges = ['0', '2-3'], imageBytes = image.length): string {
  const [one, other] = [sum(0, block), sum(2 * block, image.length)];
  const text = `<?xml version="1.0" ?>
<bmap version="2.0">
  <ImageSize> ${imageBytes.toString()} </ImageSize>
  <BlockSize> ${block.toString()} </BlockSize>
  <BmapFileChecksum> ${'0'.repeat(64)} </BmapFileChecksum>
  <ChecksumType> sha256 </ChecksumType>
  <BlockMap>
    <Range chksum="${one}"> ${ranges[0] ?? ''} </Range>
    <Range chksum="${other}"> ${ranges[1] ?? ''} </Range>
  </BlockMap>
</bmap>`;
  return text.replace('0'.repeat(64), createHash('sha256').update(text).digest('hex'));
}

describe('a block map', () => {
  it('is looked for by the whole name of the image before shorter ones', () => {
    assert.deepEqual(bmapPaths('/a/os.img.gz'), ['/a/os.img.gz.bmap', '/a/os.img.bmap', '/a/os.bmap']);
    assert.deepEqual(bmapPaths('os.img'), ['os.img.bmap', 'os.bmap']);
  });

  it('covers the last block up to the end of the image alone', () => {
    const map = parseBmap(makeBmap(), 'os.bmap');
    assert.deepEqual(
      map.ranges.map(({ start, end }) => [start, end]),
      [
        [0, block],
        [2 * block, image.length],
      ],
    );
    for (const pieceBytes of [700, block, image.length]) {
      const check = createBmapCheck(map, 'os.img');
      for (let at = 0; at < image.length; at += pieceBytes) check(image.subarray(at, at + pieceBytes), at);
    }
  });

  it('finds an image that differs in a range, and not one that differs between them', () => {
    const map = parseBmap(makeBmap(), 'os.bmap');
    const changed = (at: number): Buffer => {
      const bytes = Buffer.from(image);
      bytes.writeUInt8(0, at);
      return bytes;
    };
    for (const at of [0, 2 * block, image.length - 1])
      assert.throws(() => {
        createBmapCheck(map, 'os.img')(changed(at), 0);
      }, /os\.img is not what its block map describes/);
    createBmapCheck(map, 'os.img')(changed(block + 5), 0);
  });

  it('is refused where it is damaged, of an unknown version, or its ranges are out of order', () => {
    const refused = (text: string, message: RegExp): void => {
      assert.throws(() => parseBmap(text, 'os.bmap'), { code: 'image-invalid', message });
    };
    refused(makeBmap().replace('2-3', '1-3'), /its own checksum is wrong/);
    refused(makeBmap().replace('version="2.0"', 'version="3.0"'), /its version is unknown/);
    refused(makeBmap(['2-3', '0']), /out of order/);
    refused(makeBmap(['0', '9-9']), /out of order/);
    refused(makeBmap().replace('ImageSize>', 'Size>'), /checksum is wrong|no ImageSize/);
    refused('<html>', /version is unknown/);
  });
});
