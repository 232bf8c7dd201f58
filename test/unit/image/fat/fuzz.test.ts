import assert from 'node:assert/strict';
import fc from 'fast-check';
import { OsError } from '../../../../src/core/errors.ts';
import { findPath, openVolume, readFileOf } from '../../../../src/image/fat/read-volume.ts';
import {
  makeDirectories,
  openWritableVolume,
  removeAt,
  writeFileAt,
} from '../../../../src/image/fat/volume-writer.ts';
import { emptyVolume } from '../../../support/image/empty-volume.ts';
import { memoryDevice } from '../../../support/image/memory-device.ts';

const now = new Date(2024, 0, 2);

async function fill(bytes: Buffer): Promise<Buffer> {
  const volume = await openWritableVolume(memoryDevice(bytes));
  await writeFileAt(volume, 'config.json', Buffer.alloc(3000, 'c'), now);
  await makeDirectories(volume, 'system-connections/inner', now);
  await writeFileAt(volume, 'system-connections/a connection with a long name', Buffer.alloc(700, 'n'), now);
  await writeFileAt(volume, 'EMPTY', Buffer.alloc(0), now);
  return bytes;
}

describe('a damaged FAT volume', () => {
  it('never hangs, crashes, or makes anything be read or written outside of it', async () => {
    const bases = [await fill(emptyVolume('fat16')), await fill(emptyVolume('fat32'))];
    const place = fc.oneof(
      fc.nat(64),
      fc.integer({ min: 512, max: 560 }),
      fc.integer({ min: 32 * 512, max: 32 * 512 + 80 }),
      fc.integer({ min: 37 * 512, max: 37 * 512 + 400 }),
      fc.integer({ min: 102 * 512, max: 110 * 512 }),
      fc.nat(60_000),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...bases),
        fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 10 }),
        async (base, edits) => {
          const bytes = Buffer.from(base);
          for (const [at, value] of edits) bytes.writeUInt8(value, at);
          const device = memoryDevice(bytes);
          const attempt = async (work: () => Promise<unknown>): Promise<void> => {
            try {
              await work();
            } catch (error) {
              assert.ok(error instanceof OsError, String(error));
              assert.match(error.code, /^(image-invalid|no-space|usage)$/);
            }
          };
          await attempt(async () => {
            const volume = await openVolume(device);
            const entry = await findPath(volume, 'config.json');
            if (entry !== undefined) await readFileOf(volume, entry);
          });
          await attempt(async () => {
            const volume = await openWritableVolume(device);
            await writeFileAt(volume, 'config.json', Buffer.from('{}'), now);
            await removeAt(volume, 'system-connections/a connection with a long name');
            const entry = await findPath(await openVolume(device), 'config.json');
            assert.ok(entry !== undefined);
            assert.equal((await readFileOf(await openVolume(device), entry)).toString(), '{}');
          });
        },
      ),
      { numRuns: Number(process.env['OS_FUZZ_RUNS'] ?? 150) },
    );
  });
});
