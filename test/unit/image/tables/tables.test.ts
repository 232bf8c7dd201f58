import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { OsError } from '../../../../src/core/errors.ts';
import { readLogicalPartitions } from '../../../../src/image/tables/mbr.ts';
import {
  leastBytesOf,
  type Partition,
  type PartitionTable,
} from '../../../../src/image/tables/partition-table.ts';
import { readPartitionTable } from '../../../../src/image/tables/read-table.ts';
import { memoryDevice } from '../../../support/image/memory-device.ts';

type Slot = readonly [type: number, start: number, sectors: number];

function putSlots(bytes: Buffer, at: number, slots: readonly (Slot | undefined)[]): void {
  slots.forEach((slot, index) => {
    if (slot === undefined) return;
    const [type, start, sectors] = slot;
    bytes.writeUInt8(type, at + 446 + index * 16 + 4);
    bytes.writeUInt32LE(start, at + 446 + index * 16 + 8);
    bytes.writeUInt32LE(sectors, at + 446 + index * 16 + 12);
  });
  bytes.writeUInt16LE(0xaa55, at + 510);
}

async function readAll(
  bytes: Buffer,
): Promise<{ table: PartitionTable; all: readonly Partition[]; damage: string[] }> {
  const device = memoryDevice(bytes);
  const table = await readPartitionTable(device);
  const damage: string[] = [];
  const all = [...table.partitions];
  for await (const partition of readLogicalPartitions(device, table, problem => damage.push(problem)))
    all.push(partition);
  return { table, all, damage };
}

const placed = (partitions: readonly Partition[]): readonly (readonly number[])[] =>
  partitions.map(({ number, startBytes, sizeBytes }) => [number, startBytes / 512, sizeBytes / 512]);

const MiB = 1024 * 1024;

/** A GPT with entries in slots 1 and 5, in sectors of `sectorBytes`. */
function makeGpt(sectorBytes: number, sizeBytes = 4 * MiB): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  putSlots(bytes, 0, [[0xee, 1, 0xffffffff]]);
  const entries = Buffer.alloc(128 * 128);
  [
    [0, 100, 199, 'resin-boot'],
    [4, 200, 299, 'resin-rootA'],
  ].forEach(([slot, first, last, name]) => {
    const at = Number(slot) * 128;
    entries.fill(7, at, at + 32);
    entries.writeBigUInt64LE(BigInt(first ?? 0), at + 32);
    entries.writeBigUInt64LE(BigInt(last ?? 0), at + 40);
    entries.write(String(name), at + 56, 'utf16le');
  });
  const lastLba = bytes.length / sectorBytes - 1;
  const put = (lba: number, other: number, entriesLba: number): void => {
    const header = Buffer.alloc(92);
    header.write('EFI PART', 0, 'latin1');
    header.writeUInt32LE(0x10000, 8);
    header.writeUInt32LE(92, 12);
    header.writeBigUInt64LE(BigInt(lba), 24);
    header.writeBigUInt64LE(BigInt(other), 32);
    header.writeBigUInt64LE(BigInt(entriesLba), 72);
    header.writeUInt32LE(128, 80);
    header.writeUInt32LE(128, 84);
    header.writeUInt32LE(crc32(entries), 88);
    header.writeUInt32LE(crc32(header), 16);
    header.copy(bytes, lba * sectorBytes);
    entries.copy(bytes, entriesLba * sectorBytes);
  };
  put(1, lastLba, 2);
  put(lastLba, 1, lastLba - Math.ceil(entries.length / sectorBytes));
  return bytes;
}

describe('a partition table', () => {
  it('numbers the partitions of an MBR by their slots, however many are empty', async () => {
    const bytes = Buffer.alloc(MiB);
    putSlots(bytes, 0, [[0x0e, 100, 50], undefined, [0x83, 200, 50]]);
    assert.deepEqual(placed((await readAll(bytes)).all), [
      [1, 100, 50],
      [3, 200, 50],
    ]);
  });

  it('counts the start of a logical partition from its record, and the next record from the extended partition', async () => {
    const bytes = Buffer.alloc(MiB);
    putSlots(bytes, 0, [
      [0x0e, 10, 50],
      [0x0f, 100, 900],
    ]);
    putSlots(bytes, 100 * 512, [
      [0x83, 10, 20],
      [0x05, 100, 100],
    ]);
    putSlots(bytes, 200 * 512, [
      [0x83, 10, 30],
      [0x05, 300, 100],
    ]);
    putSlots(bytes, 400 * 512, [[0x83, 10, 40]]);
    assert.deepEqual(placed((await readAll(bytes)).all), [
      [1, 10, 50],
      [5, 110, 20],
      [6, 210, 30],
      [7, 410, 40],
    ]);
  });

  it('ends at a record that leads back to one before it, and says so', async () => {
    const bytes = Buffer.alloc(MiB);
    putSlots(bytes, 0, [[0x0f, 100, 900]]);
    putSlots(bytes, 100 * 512, [
      [0x83, 10, 20],
      [0x05, 100, 100],
    ]);
    putSlots(bytes, 200 * 512, [
      [0x83, 10, 30],
      [0x05, 0, 100],
    ]);
    const { all, damage } = await readAll(bytes);
    assert.equal(all.length, 2);
    assert.deepEqual(damage, ['the chain of logical partitions is damaged at byte 51200']);
  });

  for (const sectorBytes of [512, 1024, 2048, 4096])
    it(`is found as a GPT in sectors of ${sectorBytes.toString()} bytes, with the numbers of its slots`, async () => {
      const { table, all } = await readAll(makeGpt(sectorBytes));
      assert.equal(table.sectorBytes, sectorBytes);
      assert.deepEqual(
        all.map(({ number, startBytes, name }) => [number, startBytes / sectorBytes, name]),
        [
          [1, 100, 'resin-boot'],
          [5, 200, 'resin-rootA'],
        ],
      );
    });

  it('is read from the backup of a GPT whose first copy is damaged, and that is a problem to be told', async () => {
    const bytes = makeGpt(512);
    bytes.writeUInt8(bytes.readUInt8(2 * 512) ^ 1, 2 * 512);
    const { table, all } = await readAll(bytes);
    assert.equal(all.length, 2);
    assert.match(
      table.problems.join(),
      /the first copy of the GPT cannot be used: the checksum of its entries is wrong/,
    );
  });

  it('is the MBR where a GPT of what was on the drive before is left behind it, whole or damaged', async () => {
    for (const spoil of [0, 1]) {
      const bytes = makeGpt(512);
      bytes.fill(0, 446, 512);
      putSlots(bytes, 0, [[0x0c, 2048, 1024]]);
      bytes.writeUInt8(bytes.readUInt8(512 + 40) ^ spoil, 512 + 40);
      const { table } = await readAll(bytes);
      assert.equal(table.kind, 'mbr');
      assert.deepEqual(placed(table.partitions), [[1, 2048, 1024]]);
    }
    // Without any MBR there is nothing else to read.
    const bare = makeGpt(512);
    bare.fill(0, 446, 512);
    assert.equal((await readAll(bare)).table.kind, 'gpt');
  });

  it('is refused where both copies of a GPT are damaged', async () => {
    const bytes = makeGpt(512);
    bytes.writeUInt8(99, 512 + 40);
    bytes.writeUInt8(99, bytes.length - 512 + 40);
    await assert.rejects(
      readAll(bytes),
      (error: unknown) => error instanceof OsError && error.exitCode === 7,
    );
  });

  it('has overlaps and partitions beyond the end among its problems', async () => {
    const bytes = makeGpt(512);
    const { table } = await readAll(bytes.subarray(0, 250 * 512));
    assert.deepEqual(table.problems, ['partition 5 reaches beyond the end of the image']);
  });

  it('has those problems in an MBR, too, whose extended partition counts as one', async () => {
    const bytes = Buffer.alloc(MiB);
    putSlots(bytes, 0, [
      [0x0e, 100, 200],
      [0x83, 250, 100],
      [0x0f, 340, 100],
      [0x83, 500, 100],
    ]);
    const overlaps = ['partition 2 overlaps partition 1', 'partition 3 overlaps partition 2'];
    assert.deepEqual((await readPartitionTable(memoryDevice(bytes))).problems, overlaps);
    const cut = await readPartitionTable(memoryDevice(bytes.subarray(0, 450 * 512)));
    assert.deepEqual(cut.problems, [...overlaps, 'partition 4 reaches beyond the end of the image']);
    assert.equal(leastBytesOf(cut), 600 * 512);
  });

  it('is missing in a bare file system, and the refusal names that', async () => {
    const bytes = Buffer.alloc(MiB);
    bytes.write('FAT16   ', 54, 'latin1');
    bytes.writeUInt16LE(0xaa55, 510);
    await assert.rejects(readAll(bytes), /it is a bare FAT file system/);
  });

  it('never hangs, crashes or reads outside of the image, whatever its bytes are', async () => {
    const small = MiB / 4;
    const start = [makeGpt(512, small), makeGpt(4096, small)];
    const mbr = Buffer.alloc(small);
    putSlots(mbr, 0, [
      [0x0e, 10, 50],
      [0x0f, 100, 900],
    ]);
    putSlots(mbr, 100 * 512, [
      [0x83, 10, 20],
      [0x05, 100, 100],
    ]);
    putSlots(mbr, 200 * 512, [[0x83, 10, 30]]);
    start.push(mbr);
    const places = fc.oneof(
      fc.nat(512 * 4),
      fc.integer({ min: 440, max: 640 }),
      fc.integer({ min: 100 * 512 + 440, max: 101 * 512 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...start),
        fc.array(fc.tuple(places, fc.nat(255)), { minLength: 1, maxLength: 12 }),
        fc.nat(MiB / 4),
        async (base, edits, cut) => {
          const bytes = Buffer.from(base.subarray(0, base.length - cut));
          for (const [at, value] of edits) if (at < bytes.length) bytes.writeUInt8(value, at);
          try {
            await readAll(bytes);
          } catch (error) {
            assert.ok(error instanceof OsError && error.code === 'image-invalid', String(error));
          }
        },
      ),
      { numRuns: Number(process.env['OS_FUZZ_RUNS'] ?? 300) },
    );
  });
});
