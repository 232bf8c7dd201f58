import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { findDirectory, openVolume, readFileOf } from '../../../src/image/fat/read-volume.ts';
import {
  makeDirectories,
  openWritableVolume,
  removeAt,
  writeFileAt,
} from '../../../src/image/fat/volume-writer.ts';
import { checkFatBytes, listByMtools, readByMtools } from '../../support/image/fat-oracle.ts';
import { tool } from '../../support/image/make-image.ts';
import { memoryDevice, type MemoryDevice } from '../../support/image/memory-device.ts';
import { makeVolume, volumeKinds } from '../../support/image/volumes.ts';
import { needsMachine } from '../../support/machine.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const now = new Date(2024, 4, 6, 7, 8, 10);

type Operation =
  | { readonly kind: 'write'; readonly name: string; readonly sizeBytes: number; readonly fill: number }
  | { readonly kind: 'remove'; readonly name: string };

/** Names that meet each other: long and short, in both cases, with aliases that are alike, in directories and above them. */
const names = [
  'config.json',
  'CONFIG.TXT',
  'long name one.conf',
  'long name two.conf',
  'LONGNAME.CON',
  'Wälder.txt',
  'a.b.c.d',
  'system-connections/office',
  'system-connections/Office 2',
  'system-connections/deep/er',
  'splash/logo.png',
] as const;

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      name: fc.constantFrom(...names),
      sizeBytes: fc.oneof(fc.constantFrom(0, 1, 511, 512, 513), fc.nat(20_000)),
      fill: fc.integer({ min: 1, max: 255 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('remove' as const), name: fc.constantFrom(...names) }),
  },
);

/** The files of a volume as ours reads it, by path. */
async function readTree(device: MemoryDevice): Promise<ReadonlyMap<string, Buffer>> {
  const volume = await openVolume(device);
  const files = new Map<string, Buffer>();
  const visit = async (directory: string): Promise<void> => {
    for (const entry of (await findDirectory(volume, directory))?.entries ?? []) {
      const name = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory) await visit(name);
      else files.set(name, await readFileOf(volume, entry));
    }
  };
  await visit('');
  return files;
}

describe('random changes of a boot partition', function () {
  this.timeout(600_000);
  let directory: Awaited<ReturnType<typeof openTempDirectory>>;
  before(async function () {
    needsMachine(this);
    directory = await openTempDirectory();
  });
  after(() => directory[Symbol.asyncDispose]());

  const kinds = volumeKinds.filter(({ sizeMiB, isReadByMtools }) => sizeMiB <= 40 && isReadByMtools);
  for (const { title, sizeMiB, options } of kinds)
    it(`give the same tree by our FAT, by mtools, and by both in turn, without a remark of fsck.vfat: ${title}`, async () => {
      const fresh = await makeVolume(sizeMiB, options);
      const file = path.join(directory.path, 'volume');
      const theirs = path.join(directory.path, 'theirs');
      const staged = path.join(directory.path, 'staged');
      const asMtools = (mtools: string): Parameters<typeof readByMtools>[0] => ({
        path: mtools,
        bootStart: 0,
        bootBytes: 0,
        mtools,
      });
      const byMtools = async (volume: string, it: Operation, isThere: boolean): Promise<void> => {
        if (it.kind === 'remove') {
          if (isThere) await tool('mdel', ['-i', volume, `::${it.name}`]);
          return;
        }
        const parents = it.name.split('/').slice(0, -1);
        for (const [index] of parents.entries())
          await tool('mmd', ['-D', 's', '-i', volume, `::${parents.slice(0, index + 1).join('/')}`]).catch(
            () => undefined,
          );
        await writeFile(staged, Buffer.alloc(it.sizeBytes, it.fill));
        await tool('mcopy', ['-o', '-i', volume, staged, `::${it.name}`]);
      };
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(operation, fc.boolean()), { minLength: 4, maxLength: 12 }),
          async operations => {
            let device = memoryDevice(Buffer.from(fresh));
            await writeFile(theirs, fresh);
            const expected = new Map<string, Buffer>();
            for (const [it, isOurs] of operations) {
              const isThere = expected.has(it.name);
              await byMtools(theirs, it, isThere);
              if (isOurs) {
                const volume = await openWritableVolume(device);
                if (it.kind === 'remove') assert.equal(await removeAt(volume, it.name), isThere);
                else {
                  const above = path.posix.dirname(it.name);
                  if (above !== '.') await makeDirectories(volume, above, now);
                  await writeFileAt(volume, it.name, Buffer.alloc(it.sizeBytes, it.fill), now);
                }
              } else {
                await writeFile(file, device.bytes);
                await byMtools(file, it, isThere);
                device = memoryDevice(await readFile(file));
              }
              if (it.kind === 'write') expected.set(it.name, Buffer.alloc(it.sizeBytes, it.fill));
              else expected.delete(it.name);
            }
            assert.equal(await checkFatBytes(file, device.bytes), '');
            // Order does not count: deepEqual compares maps by their keys.
            assert.deepEqual(await readTree(device), expected);
            for (const [name, content] of expected)
              assert.ok((await readByMtools(asMtools(file), name)).equals(content), name);
            assert.deepEqual(await listByMtools(asMtools(file)), await listByMtools(asMtools(theirs)));
          },
        ),
        { numRuns: Number(process.env['OS_FAT_RUNS'] ?? 4), endOnFailure: true },
      );
    });
});
