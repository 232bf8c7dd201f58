import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { OsError } from '../../../../src/core/errors.ts';
import { flashDrive, type FlashOptions, type FlashResult } from '../../../../src/image/flash/flash-drive.ts';
import { memoryDrive, type MemoryDrive } from '../../../support/image/memory-drive.ts';

const MiB = 1024 * 1024;

const image = randomFillSync(Buffer.alloc(9 * MiB + 700));

async function* streamOf(bytes: Buffer, pieceBytes = 300_001): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes)
    yield await Promise.resolve(bytes.subarray(at, at + pieceBytes));
}

function flash(drive: MemoryDrive, options: Partial<FlashOptions> = {}, bytes = image): Promise<FlashResult> {
  return flashDrive(streamOf(bytes), drive, {
    patches: [],
    isDelta: false,
    mapped: undefined,
    expectedBytes: undefined,
    leastBytes: 0,
    verifies: true,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...options,
  });
}

const isEmptyStart = (drive: MemoryDrive): boolean => drive.bytes.subarray(0, MiB).every(byte => byte === 0);
const used = (size = 12 * MiB): Buffer => randomFillSync(Buffer.alloc(size));

describe('flashing a drive', () => {
  for (const sectorBytes of [512, 4096])
    it(`writes every byte of an image that ends inside a sector of ${sectorBytes.toString()} bytes, and the first MiB last`, async () => {
      const drive = memoryDrive(used(), { sectorBytes });
      const { sizeBytes } = await flash(drive);
      assert.equal(sizeBytes, image.length);
      assert.ok(drive.bytes.subarray(0, image.length).equals(image));
      assert.deepEqual(drive.writes[0], [0, MiB]);
      assert.deepEqual(drive.writes.at(-1), [0, MiB]);
      assert.equal(drive.writes.filter(([offset]) => offset === 0).length, 2);
    });

  it('leaves no backup of a former GPT at the end of the drive, and what is before that as it was', async () => {
    for (const [sectorBytes, endBytes] of [
      [512, 33 * 512],
      [4096, 5 * 4096],
    ] as const) {
      const before = used();
      const drive = memoryDrive(Buffer.from(before), { sectorBytes });
      await flash(drive);
      assert.ok(drive.bytes.subarray(-endBytes).every(byte => byte === 0));
      const between = [10 * MiB, -endBytes] as const;
      assert.ok(drive.bytes.subarray(...between).equals(before.subarray(...between)));
    }
  });

  it('leaves the first MiB empty when it is interrupted while writing', async () => {
    const stop = new AbortController();
    const drive = memoryDrive(used(), {
      onWrite: (_, count) => {
        if (count === 2) stop.abort();
      },
    });
    await assert.rejects(flash(drive, { signal: stop.signal }));
    assert.ok(isEmptyStart(drive));
  });

  it('leaves the first MiB empty when it is interrupted while verifying', async () => {
    const stop = new AbortController();
    const drive = memoryDrive(used());
    const onProgress: FlashOptions['onProgress'] = phase => {
      if (phase === 'verifying') stop.abort();
    };
    await assert.rejects(flash(drive, { signal: stop.signal, onProgress }));
    assert.ok(isEmptyStart(drive));
  });

  it('fails, with the place, on a drive that does not keep a byte, which then does not boot', async () => {
    for (const worn of [5 * MiB + 17, 9 * MiB + 699]) {
      const drive = memoryDrive(Buffer.alloc(12 * MiB), { worn: [worn] });
      const different = Buffer.from(image);
      different[worn] = 1;
      await assert.rejects(
        flash(drive, {}, different),
        (error: unknown) =>
          error instanceof OsError && error.code === 'drive-failed' && error.exitCode === 10,
      );
      assert.ok(isEmptyStart(drive));
    }
  });

  it('fails on a drive that does not keep a byte of the first MiB, and empties that again', async () => {
    const drive = memoryDrive(Buffer.alloc(12 * MiB), { worn: [1000] });
    const different = Buffer.from(image);
    different[1000] = 1;
    await assert.rejects(flash(drive, {}, different), /does not hold what was written/);
    assert.ok(isEmptyStart(drive));
  });

  it('refuses an image that turns out to be larger than the drive, which then does not boot', async () => {
    const drive = memoryDrive(used(8 * MiB));
    await assert.rejects(
      flash(drive),
      (error: unknown) => error instanceof OsError && error.code === 'no-space',
    );
    assert.ok(isEmptyStart(drive));
  });

  it('refuses an image of another size than the one that was announced, which then does not boot', async () => {
    const drive = memoryDrive(used());
    await assert.rejects(flash(drive, { expectedBytes: image.length + 1 }), /bytes instead of/);
    assert.ok(isEmptyStart(drive));
    await flash(drive, { expectedBytes: image.length });
    await assert.rejects(flash(drive, {}, Buffer.alloc(0)), /the image is empty/);
    assert.ok(isEmptyStart(drive));
  });

  it('refuses an image that turns out to end before its partitions do, which then does not boot', async () => {
    const drive = memoryDrive(used());
    await assert.rejects(flash(drive, { leastBytes: image.length + 1 }), /the image is cut off/);
    assert.ok(isEmptyStart(drive));
    await flash(drive, { leastBytes: image.length });
  });

  it('fails whichever write fails, the last one too, and the drive does not boot', async () => {
    const whole = memoryDrive(used());
    await flash(whole);
    assert.ok(whole.writes.length > 3);
    for (const failing of whole.writes.keys()) {
      let hasFailed = false;
      const drive = memoryDrive(used(), {
        onWrite: (_, count) => {
          if (count !== failing || hasFailed) return;
          hasFailed = true;
          throw new OsError('drive-failed', 'the drive was out of reach');
        },
      });
      await assert.rejects(flash(drive), /the drive was out of reach/);
      assert.ok(failing === 0 || isEmptyStart(drive), `write ${failing.toString()}`);
    }
  });

  it('has the drive keep what was written before that is read back, and before the first MiB', async () => {
    const drive = memoryDrive(used());
    await flash(drive);
    const { length } = drive.writes;
    assert.deepEqual(drive.flushes, [1, length - 1, length]);
  });

  it('writes patches in place of what the image has there', async () => {
    const drive = memoryDrive(used());
    const patch = { offset: 4 * MiB - 100, bytes: Buffer.alloc(300, 'p') };
    await flash(drive, { patches: [patch] });
    const expected = Buffer.from(image);
    patch.bytes.copy(expected, patch.offset);
    assert.ok(drive.bytes.subarray(0, image.length).equals(expected));
  });

  describe('by what differs', () => {
    it('writes nothing where the drive holds the image already', async () => {
      const drive = memoryDrive(Buffer.concat([image, Buffer.alloc(12 * MiB - image.length)]));
      assert.equal((await flash(drive, { isDelta: true })).writtenBytes, 0);
      assert.deepEqual(drive.writes, []);
    });

    it('writes at most 3 MB after one setting was changed, the first MiB last', async () => {
      const drive = memoryDrive(Buffer.concat([image, Buffer.alloc(12 * MiB - image.length)]));
      const patches = [2, 3, 4, 5].map(at => ({ offset: at * MiB + 512, bytes: Buffer.alloc(512, 1) }));
      const { writtenBytes } = await flash(drive, { isDelta: true, patches });
      assert.ok(writtenBytes <= 3_000_000, writtenBytes.toString());
      assert.deepEqual(drive.writes[0], [0, MiB]);
      assert.deepEqual(drive.writes.at(-1), [0, MiB]);
      const expected = Buffer.from(image);
      for (const { offset, bytes } of patches) bytes.copy(expected, offset);
      assert.ok(drive.bytes.subarray(0, image.length).equals(expected));
    });

    it('does not boot until the backup of a former GPT is gone, where that alone differs', async () => {
      const before = Buffer.concat([image, Buffer.alloc(12 * MiB - image.length)]);
      before.write('EFI PART', before.length - 512);
      const drive = memoryDrive(before);
      await flash(drive, { isDelta: true });
      assert.deepEqual(
        [drive.writes[0], drive.writes.at(-1)],
        [
          [0, MiB],
          [0, MiB],
        ],
      );
      assert.equal(drive.writes.length, 3);
      assert.ok(drive.bytes.subarray(0, image.length).equals(image));
    });

    it('makes a drive with other content the same as the image', async () => {
      const drive = memoryDrive(used());
      await flash(drive, { isDelta: true });
      assert.ok(drive.bytes.subarray(0, image.length).equals(image));
    });
  });

  it('writes only mapped stretches and patches where a block map is given', async () => {
    const before = used();
    const drive = memoryDrive(Buffer.from(before));
    const patch = { offset: 6 * MiB, bytes: Buffer.alloc(512, 'p') };
    await flash(drive, {
      mapped: [
        { start: 0, end: 4096 },
        { start: 3 * MiB, end: 5 * MiB },
        { start: 9 * MiB, end: image.length },
      ],
      patches: [patch],
    });
    assert.ok(drive.bytes.subarray(0, MiB).equals(image.subarray(0, MiB)));
    assert.ok(drive.bytes.subarray(MiB, 3 * MiB).equals(before.subarray(MiB, 3 * MiB)));
    assert.ok(drive.bytes.subarray(3 * MiB, 5 * MiB).equals(image.subarray(3 * MiB, 5 * MiB)));
    assert.ok(drive.bytes.subarray(6 * MiB, 6 * MiB + 512).equals(patch.bytes));
    assert.ok(drive.bytes.subarray(9 * MiB, image.length).equals(image.subarray(9 * MiB)));
  });
});
