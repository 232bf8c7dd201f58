import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { configureImage } from '../../../src/cli/verbs/image/configure-image.ts';
import {
  readConfiguration,
  type ConfigurationText,
} from '../../../src/cli/verbs/image/read-configuration.ts';
import { OsError } from '../../../src/core/errors.ts';
import { unxzWithoutProgram, unzstdByNode } from '../../../src/image/formats/decompress.ts';
import { openImage } from '../../../src/image/formats/open-image.ts';
import { checkFat, readByMtools } from '../../support/image/fat-oracle.ts';
import {
  digestOf,
  inspect,
  makeCompressedImages,
  type CompressedImages,
} from '../../support/image/compressed-images.ts';
import { makeImage, tool } from '../../support/image/make-image.ts';
import { needsMachine } from '../../support/machine.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const { signal } = new AbortController();
const hasNodeZstd = 'createZstdDecompress' in zlib;
const dependencies = { signal, now: () => new Date(2024, 4, 6, 7, 8, 10) };
async function streamDigest(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of (await openImage(file)).stream({ signal })) hash.update(part);
  return hash.digest('hex');
}

const isDamage = (error: unknown): boolean => error instanceof OsError && error.code === 'image-invalid';

describe('an image of the OS', function () {
  this.timeout(120_000);
  let images: CompressedImages;

  before(async function () {
    needsMachine(this);
    images = await makeCompressedImages();
  });
  after(() => images[Symbol.asyncDispose]());

  const of = (format: string): string => images.compressed[format] ?? assert.fail(format);

  for (const format of ['gz', 'xz', 'zst', 'zip']) {
    it(`is the same for inspect whether raw or as ${format}`, async () => {
      const raw = await inspect(images.image.path);
      const other = await inspect(of(format));
      assert.deepEqual(other.partitions, raw.partitions);
      assert.deepEqual(other.boot, raw.boot);
      assert.deepEqual(other.problems, []);
      assert.equal(other.sizeBytes, raw.sizeBytes);
      assert.equal(raw.boot?.os.version, '2.44.0+rev1');
      assert.deepEqual(
        raw.partitions.map(({ number, role }) => [number, role]),
        [
          [1, 'boot'],
          [2, 'rootA'],
          [3, 'rootB'],
          [5, 'state'],
          [6, 'data'],
        ],
      );
    });

    it(`is unpacked byte for byte from ${format}, and refused when bits are flipped or the end is missing`, async () => {
      assert.equal(await streamDigest(of(format)), images.digest);
      const bytes = await readFile(of(format));
      const damaged = path.join(images.directory, 'damaged');
      for (const at of [0.3, 0.6, 0.9]) {
        const flipped = Buffer.from(bytes);
        const place = Math.floor(bytes.length * at * (format === 'zip' ? 0.95 : 1));
        flipped.writeUInt8(flipped.readUInt8(place) ^ 0x10, place);
        await writeFile(damaged, flipped);
        // Where an image is zeros, a bit of a distance may be flipped and mean the same zeros from elsewhere.
        const digest = await streamDigest(damaged).catch((error: unknown) => {
          if (!isDamage(error)) throw error;
          return undefined;
        });
        assert.ok(digest === undefined || digest === images.digest);
      }
      await writeFile(damaged, bytes.subarray(0, Math.floor(bytes.length * 0.7)));
      await assert.rejects(streamDigest(damaged), isDamage);
    });
  }

  it('is decoded from xz of several streams, with padding and an empty one at its end, with the program and without it', async () => {
    const several = path.join(images.directory, 'several.xz');
    const bytes = await readFile(of('xz'));
    const empty = path.join(images.directory, 'empty');
    await writeFile(empty, '');
    await tool('xz', ['-k', empty]);
    const ending = await readFile(`${empty}.xz`);
    await writeFile(several, Buffer.concat([bytes, Buffer.alloc(8), bytes, Buffer.alloc(4), ending]));
    const whole = await readFile(images.image.path);
    const expected = digestOf(Buffer.concat([whole, whole]));
    assert.equal(await streamDigest(several), expected);
    const hash = createHash('sha256');
    const stream = Readable.from([await readFile(several)]);
    for await (const part of unxzWithoutProgram({ path: several, bytes: stream, signal })) hash.update(part);
    assert.equal(hash.digest('hex'), expected);
  });

  it('is decoded from zstd of several frames, and refused when the last is cut, by the program and by Node', async () => {
    const file = path.join(images.directory, 'several.zst');
    const skipped = Buffer.from('502a4d180400000061626364', 'hex');
    const bytes = Buffer.concat([skipped, await readFile(of('zst')), skipped, await readFile(of('zst'))]);
    const whole = await readFile(images.image.path);
    const expected = digestOf(Buffer.concat([whole, whole]));
    const byNode = async (content: Buffer): Promise<string> => {
      const hash = createHash('sha256');
      for await (const part of unzstdByNode({ path: file, bytes: Readable.from([content]), signal }))
        hash.update(part);
      return hash.digest('hex');
    };
    for (const length of [bytes.length, bytes.length - 3, bytes.length - 5000]) {
      await writeFile(file, bytes.subarray(0, length));
      const ways = [streamDigest(file), ...(hasNodeZstd ? [byNode(bytes.subarray(0, length))] : [])];
      for (const way of ways)
        if (length === bytes.length) assert.equal(await way, expected);
        else await assert.rejects(way, isDamage);
    }
  });

  it('is refused with the size of its window, and not as damaged, where zstd used a long one', async () => {
    const long = path.join(images.directory, 'long.zst');
    const noise = path.join(images.directory, 'noise');
    await tool('truncate', ['-s', '300M', noise]);
    await tool('zstd', ['-q', '--long=29', '--no-content-size', '-f', noise, '-o', long]);
    await assert.rejects(openImage(long), /a window of 537 MB, more than the 134 MB that are read/);
  });

  it('is refused as too large to unpack, and not as damaged, where xz used a large dictionary, or zstd a late long window', async () => {
    const small = path.join(images.directory, 'small');
    await writeFile(small, (await readFile(images.image.path)).subarray(0, 100_000));
    const named = (name: string): string => path.join(images.directory, name);
    await tool('sh', ['-c', `xz -c --lzma2=preset=0,dict=512MiB ${small} > ${named('dict.xz')}`]);
    await tool('sh', ['-c', `xz -c0 --check=sha256 ${small} > ${named('check.xz')}`]);
    await tool('sh', [
      '-c',
      `(zstd -qc ${small}; head -c 300M /dev/zero | zstd -qc --long=29 --no-content-size) > ${named('late.zst')}`,
    ]);
    const tooLarge = { code: 'image-invalid', message: /^cannot read .*: it was .* too much memory$/ };
    for (const name of ['dict.xz', 'late.zst']) await assert.rejects(streamDigest(named(name)), tooLarge);
    const byWebAssembly = async (name: string): Promise<void> => {
      const bytes = Readable.from([await readFile(named(name))]);
      for await (const part of unxzWithoutProgram({ path: name, bytes, signal })) assert.ok(part.length > 0);
    };
    await assert.rejects(byWebAssembly('dict.xz'), tooLarge);
    await assert.rejects(byWebAssembly('check.xz'), {
      code: 'host-unsuitable',
      hint: 'install the program xz',
    });
    await streamDigest(named('check.xz'));
  });

  it('is refused in formats that are not supported, by name', async () => {
    const file = path.join(images.directory, 'x.img');
    await writeFile(file, Buffer.concat([Buffer.from('BZh91AY'), Buffer.alloc(1000)]));
    await assert.rejects(openImage(file), /bzip2 files are not supported/);
  });

  it('has every partition layout: GPT, vendor partitions first, flasher, FAT32', async () => {
    const folder = await openTempDirectory();
    await using _held = folder;
    const made = await makeImage(folder.path, {
      table: 'gpt',
      labels: 'flash',
      vendorFirst: 3,
      bootMiB: 36,
      fat: ['-F', '32', '-s', '1'],
    });
    const { boot, partitions, table, problems } = await inspect(made.path);
    assert.deepEqual([table.kind, boot?.isFlasher, problems], ['gpt', true, []]);
    assert.deepEqual(
      partitions.map(({ number, role }) => [number, role]),
      [
        [1, undefined],
        [2, undefined],
        [3, undefined],
        [4, 'boot'],
        [5, 'rootA'],
        [6, 'rootB'],
        [7, 'state'],
        [8, 'data'],
      ],
    );
  });

  describe('is configured', () => {
    const asked: ConfigurationText = {
      hostname: 'kitchen',
      wifi: 'Home',
      wifiPassphrase: 'correct horse',
      set: ['ntpServers=a.example.org'],
      isDevelopment: true,
    };

    it('so that config.json keeps its other keys, mtools read the files, and nothing outside of the boot partition changes', async () => {
      const copy = path.join(images.directory, 'configured.img');
      await tool('cp', ['--sparse=always', images.image.path, copy]);
      const before = await readFile(copy);
      const configuration = await readConfiguration(asked);
      const { changes } = await configureImage(dependencies, { path: copy, configuration, out: undefined });
      assert.deepEqual(
        changes.map(({ what }) => what),
        [
          'config.json hostname',
          'config.json developmentMode',
          'config.json ntpServers',
          'system-connections/os-wifi',
        ],
      );
      const made = { ...images.image, path: copy, mtools: `${copy}@@${images.image.bootStart.toString()}` };
      assert.deepEqual(JSON.parse((await readByMtools(made, 'config.json')).toString()), {
        deviceType: 'raspberrypi3',
        persistentLogging: false,
        hostname: 'kitchen',
        developmentMode: true,
        ntpServers: 'a.example.org',
      });
      assert.match((await readByMtools(made, 'system-connections/os-wifi')).toString(), /psk=correct horse/);
      assert.equal(await checkFat(images.directory, made), '');
      const after = await readFile(copy);
      assert.equal(after.length, before.length);
      const end = images.image.bootStart + images.image.bootBytes;
      assert.ok(after.subarray(0, images.image.bootStart).equals(before.subarray(0, images.image.bootStart)));
      assert.ok(after.subarray(end).equals(before.subarray(end)));
      const again = await configureImage(dependencies, { path: copy, configuration, out: undefined });
      assert.deepEqual(again.changes, []);
    });

    it('as a copy of a compressed image, which is the same as configuring the image itself', async () => {
      const configuration = await readConfiguration(asked);
      const inPlace = path.join(images.directory, 'in-place.img');
      await tool('cp', [images.image.path, inPlace]);
      await configureImage(dependencies, { path: inPlace, configuration, out: undefined });
      for (const format of ['gz', 'xz']) {
        const out = path.join(images.directory, `copy-${format}.img`);
        await configureImage(dependencies, { path: of(format), configuration, out });
        assert.equal(digestOf(await readFile(out)), digestOf(await readFile(inPlace)));
      }
    });

    it('not at all where partitions overlap in its table, or reach beyond its end', async () => {
      const file = path.join(images.directory, 'overlapping.img');
      const bytes = await readFile(images.image.path);
      const configuration = await readConfiguration(asked);
      const configured = (): Promise<unknown> =>
        configureImage(dependencies, { path: file, configuration, out: undefined });
      await writeFile(file, bytes.subarray(0, bytes.length - 2048));
      await assert.rejects(configured(), /is not written to: partition 4 reaches beyond the end/);
      // The second partition is made to begin in the middle of the first one.
      bytes.writeUInt32LE(bytes.readUInt32LE(446 + 8) + 16, 446 + 16 + 8);
      await writeFile(file, bytes);
      await assert.rejects(configured(), /is not written to: partition 2 overlaps partition 1/);
      assert.deepEqual(await readFile(file), bytes);
    });

    it('not at all where a value is one that the OS does not accept, or config.json is not JSON', async () => {
      const copy = path.join(images.directory, 'refused.img');
      await tool('cp', [images.image.path, copy]);
      await assert.rejects(readConfiguration({ hostname: 'not a host name' }), OsError);
      const staged = path.join(images.directory, 'broken.json');
      await writeFile(staged, '{"deviceType":');
      await tool('mcopy', [
        '-o',
        '-i',
        `${copy}@@${images.image.bootStart.toString()}`,
        staged,
        '::config.json',
      ]);
      const before = digestOf(await readFile(copy));
      const configuration = await readConfiguration(asked);
      await assert.rejects(
        configureImage(dependencies, { path: copy, configuration, out: undefined }),
        (error: unknown) =>
          error instanceof OsError && error.code === 'config-invalid' && error.message.includes('line 1'),
      );
      assert.equal(digestOf(await readFile(copy)), before);
    });
  });
});
