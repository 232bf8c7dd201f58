import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { openImage } from '../../../../src/image/formats/open-image.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

const { signal } = new AbortController();

/** 3,000 bytes that begin like a drive. */
const image = Buffer.alloc(3000, 'i');
image.writeUInt16LE(0xaa55, 510);
const readme = Buffer.alloc(900, 'r');

interface Entry {
  readonly name: string;
  readonly content: Buffer;
  /** Fields that are written in place of the true ones. */
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly sizeBytes?: number;
  /** The entry's place, in a zip64 field. */
  readonly isZip64?: boolean;
}

/** An archive as one that is written to a pipe: the sizes of an entry follow its data, and stand in the directory. */
function zipOf(entries: readonly Entry[], directoryShift = 0): Buffer {
  const parts: Buffer[] = [];
  const records: Buffer[] = [];
  let at = 0;
  for (const { name, content, flags = 8, method = 8, ...given } of entries) {
    const data = deflateRawSync(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(method, 8);
    const extra = Buffer.alloc(given.isZip64 === true ? 12 : 0);
    const record = Buffer.alloc(46);
    record.writeUInt32LE(0x02014b50, 0);
    record.writeUInt16LE(flags, 8);
    record.writeUInt16LE(method, 10);
    record.writeUInt32LE(given.crc ?? crc32(content), 16);
    record.writeUInt32LE(data.length, 20);
    record.writeUInt32LE(given.sizeBytes ?? content.length, 24);
    record.writeUInt16LE(Buffer.byteLength(name), 28);
    record.writeUInt16LE(extra.length, 30);
    record.writeUInt32LE(extra.length > 0 ? 0xffffffff : at, 42);
    if (extra.length > 0) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(8, 2);
      extra.writeBigUInt64LE(BigInt(at), 4);
    }
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const written = Buffer.concat([local, Buffer.from(name), data]);
    parts.push(written);
    records.push(record, Buffer.from(name), extra);
    at += written.length;
  }
  const directory = Buffer.concat(records);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at + directoryShift, 16);
  return Buffer.concat([...parts, directory, end]);
}

async function unpack(archive: Buffer): Promise<Buffer> {
  await using directory = await openTempDirectory();
  const file = path.join(directory.path, 'os.zip');
  await writeFile(file, archive);
  const parts: Buffer[] = [];
  for await (const part of (await openImage(file)).stream({ signal })) parts.push(part);
  return Buffer.concat(parts);
}

describe('an image in a zip', () => {
  it('is the one file that begins like a drive, whatever its name, with the sizes of the directory', async () => {
    for (const entry of [{ name: '-' }, { name: 'os.txt' }, { name: 'os.img', isZip64: true }])
      for (const entries of [
        [{ ...entry, content: image }],
        [
          { name: 'dir/', content: Buffer.alloc(0) },
          { name: 'readme.img', content: readme },
          { ...entry, content: image },
          { name: 'empty', content: Buffer.alloc(0) },
        ],
      ])
        assert.deepEqual(await unpack(zipOf(entries)), image);
  });

  it('is refused where no file or more than one begins like a drive, with their names', async () => {
    await assert.rejects(unpack(zipOf([{ name: 'os.img', content: readme }])), /no file in it begins/);
    const two = [
      { name: 'a', content: image },
      { name: 'b', content: image },
    ];
    await assert.rejects(unpack(zipOf(two)), /more than one file \("a", "b"\) in it begins/);
  });

  it('is refused as damaged where the directory does not fit, as its places are counted modulo 4 GiB', async () => {
    for (const shift of [1, -1, -46, 2 ** 31])
      await assert.rejects(unpack(zipOf([{ name: 'os.img', content: image }], shift)), {
        code: 'image-invalid',
        message: /the zip archive is damaged/,
      });
  });

  it('is refused where its length or its checksum is not the one in the directory', async () => {
    const other = [
      [{ sizeBytes: image.length - 1 }, /has another length/],
      [{ crc: 1 }, /has another checksum/],
    ] as const;
    for (const [changed, message] of other)
      await assert.rejects(unpack(zipOf([{ name: 'os.img', content: image, ...changed }])), {
        code: 'image-invalid',
        message,
      });
  });

  it('is refused by name where it is encrypted, or compressed by another method', async () => {
    await assert.rejects(
      unpack(zipOf([{ name: 'os.img', content: image, flags: 9 }])),
      /"os.img" in it is encrypted/,
    );
    await assert.rejects(
      unpack(zipOf([{ name: 'os.img', content: image, method: 14 }])),
      /compressed by method 14/,
    );
  });
});
