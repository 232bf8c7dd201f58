import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { allocateAligned, openTargetDrive, type TargetDrive } from '../../../src/image/flash/target-drive.ts';
import { MiB, tool } from '../../support/image/make-image.ts';
import { needsMachine } from '../../support/machine.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

describe('a drive that is opened for writing', function () {
  this.timeout(60_000);
  let directory: Awaited<ReturnType<typeof openTempDirectory>>;
  let drive: string;
  const card = (): string => path.join(directory.path, 'card');

  before(async function () {
    needsMachine(this);
    directory = await openTempDirectory();
    await tool('truncate', ['-s', '8M', card()]);
    drive = (await tool('losetup', ['-f', '--show', '--sector-size', '4096', card()])).trim();
  });
  after(async () => {
    await tool('losetup', ['-d', drive]);
    await directory[Symbol.asyncDispose]();
  });

  /** Opens it with sectors of that many bytes; `dropped` counts how often its cache was dropped. */
  async function open(sectorBytes: number, dropCache?: () => Promise<void>) {
    let dropped = 0;
    const target = await openTargetDrive(drive, {
      sizeBytes: 8 * MiB,
      sectorBytes,
      dropCache:
        dropCache ??
        (() => {
          dropped += 1;
          return Promise.resolve();
        }),
    });
    return Object.assign(target, { dropped: () => dropped });
  }

  async function write(target: TargetDrive, offset: number): Promise<Buffer> {
    const bytes = allocateAligned(4096);
    randomBytes(4096).copy(bytes);
    await target.write(offset, bytes);
    await target.flush();
    return bytes;
  }

  // A read of 512 bytes is one that a drive with sectors of 4,096 refuses where it is direct.
  for (const [way, sectorBytes, drops] of [
    ['directly', 4096, [0, 0, 0, 0]],
    [
      'through the cache where it refuses that, which is dropped before what was written is read back',
      512,
      [0, 1, 1, 2],
    ],
  ] as const)
    it(`is written and read ${way}`, async () => {
      await using target = await open(sectorBytes);
      const seen: number[] = [];
      const read = allocateAligned(4096);
      const first = await write(target, 4096);
      seen.push(target.dropped());
      await target.read(4096, read);
      assert.ok(read.equals(first));
      seen.push(target.dropped());
      await target.read(0, read);
      seen.push(target.dropped());
      const second = await write(target, 0);
      await target.read(0, read);
      assert.ok(read.equals(second));
      seen.push(target.dropped());
      assert.deepEqual(seen, drops);
      assert.ok((await readFile(card())).subarray(4096, 8192).equals(first));
    });

  it('is not taken for verified where its cache cannot be dropped', async () => {
    const failure = new Error('the cache stays');
    await using target = await open(512, () => Promise.reject(failure));
    await write(target, 0);
    await assert.rejects(target.read(0, allocateAligned(4096)), failure);
  });

  it('is refused while something has it open exclusively or is mounted from it, direct or not', async () => {
    {
      await using _other = await open(4096);
      for (const sectorBytes of [4096, 512]) await assert.rejects(open(sectorBytes), { code: 'busy' });
    }
    await using mounted = await openTempDirectory();
    await tool('mkfs.ext4', ['-q', '-F', drive]);
    await tool('mount', [drive, mounted.path]);
    try {
      for (const sectorBytes of [4096, 512])
        await assert.rejects(open(sectorBytes), { code: 'busy', message: /it is in use: mounted, or held/ });
    } finally {
      await tool('umount', [mounted.path]);
    }
  });
});
