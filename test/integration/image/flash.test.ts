import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { planConfiguration } from '../../../src/cli/verbs/image/configure-image.ts';
import { flashEach } from '../../../src/cli/verbs/image/flash-each.ts';
import { flashImage, type FlashRequest } from '../../../src/cli/verbs/image/flash-image.ts';
import {
  readConfiguration,
  type ConfigurationText,
} from '../../../src/cli/verbs/image/read-configuration.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { OsError } from '../../../src/core/errors.ts';
import { linuxDrives } from '../../../src/image/drives/linux-drives.ts';
import type { FlashEvent } from '../../../src/image/flash/flash-events.ts';
import { MiB, tool } from '../../support/image/make-image.ts';
import { needsMachine } from '../../support/machine.ts';

const { signal } = new AbortController();
const dependencies = { signal, now: () => new Date(2024, 4, 6, 7, 8, 10) };
import {
  inspect,
  makeCompressedImages,
  type CompressedImages,
} from '../../support/image/compressed-images.ts';
const isDamage = (error: unknown): boolean => error instanceof OsError && error.code === 'image-invalid';

describe('an image of the OS is flashed to a drive', function () {
  this.timeout(120_000);
  let images: CompressedImages;
  const of = (format: string): string => images.compressed[format] ?? assert.fail(format);
  let drive: string;
  let backing: string;

  before(async function () {
    needsMachine(this);
    images = await makeCompressedImages();
    backing = path.join(images.directory, 'card');
    await tool('truncate', ['-s', '120M', backing]);
    drive = (await tool('losetup', ['-f', '--show', backing])).trim();
  });
  after(async () => {
    await tool('losetup', ['-d', drive]);
    await images[Symbol.asyncDispose]();
  });

  async function flash(
    file: string,
    request: Partial<FlashRequest> = {},
    text?: ConfigurationText,
    /** Called once the drive is known, and before it is opened. */
    onChosen?: () => Promise<void>,
  ): Promise<readonly FlashEvent[]> {
    const events: FlashEvent[] = [];
    const configuration = text === undefined ? undefined : await readConfiguration(text);
    await flashImage(
      {
        drives: linuxDrives,
        clock: systemClock,
        signal,
        report: event => events.push(event),
        note: () => undefined,
        questions: undefined,
        sudoLine: () => 'sudo',
        planPatches: async source => {
          await onChosen?.();
          return configuration === undefined
            ? []
            : (await planConfiguration(source, configuration, dependencies)).patches;
        },
      },
      {
        path: file,
        drives: [drive],
        isYes: true,
        confirmed: [path.basename(drive)],
        verifies: true,
        isDelta: false,
        bmap: 'beside',
        ...request,
      },
    );
    return events;
  }
  const driveDigest = async (): Promise<string> =>
    (await tool('sh', ['-c', `head -c ${sizeText} ${drive} | sha256sum`])).slice(0, 64);
  const drive512 = async (): Promise<string> => await tool('sh', ['-c', `head -c 512 ${drive} | sha256sum`]);
  let sizeText = '';
  before(async () => {
    sizeText = ((await inspect(images.image.path)).sizeBytes ?? 0).toString();
  });

  it('so that the drive holds the same bytes, from every format', async () => {
    for (const file of [images.image.path, ...Object.values(images.compressed)]) {
      await tool('sh', ['-c', `head -c 2000000 /dev/urandom > ${drive}`]);
      await flash(file);
      assert.equal(await driveDigest(), images.digest);
    }
  });

  it('but never without the name of a drive that is not removable, whatever --yes says', async () => {
    await assert.rejects(
      flash(images.image.path, { confirmed: [] }),
      (error: unknown) => error instanceof OsError && error.code === 'drive-refused',
    );
  });

  it('but not while something is mounted from it', async () => {
    await flash(images.image.path);
    const mounted = path.join(images.directory, 'mounted');
    await tool('mkdir', [mounted]);
    await tool('mkfs.ext4', ['-q', '-F', drive]);
    await tool('mount', [drive, mounted]);
    try {
      await assert.rejects(flash(images.image.path), /is mounted from it/);
    } finally {
      await tool('umount', [mounted]);
    }
  });

  it('with settings, which are part of what is written and verified', async () => {
    await flash(of('zst'), {}, { hostname: 'kitchen' });
    assert.equal((await inspect(drive)).boot?.config?.['hostname'], 'kitchen');
    const delta = await flash(images.image.path, { isDelta: true }, { hostname: 'hall' });
    const done = delta.find(event => event.type === 'flashed');
    assert.ok(done !== undefined && done.writtenBytes <= 3_000_000, JSON.stringify(done));
    assert.equal((await inspect(drive)).boot?.config?.['hostname'], 'hall');
  });

  for (const format of ['gz', 'xz', 'zst', 'zip'])
    it(`but damage in ${format} is refused, flipped bits and a missing end alike: the drive does not boot, and inspect says so`, async () => {
      const bytes = await readFile(of(format));
      const flipped = Buffer.from(bytes);
      const place = Math.floor(bytes.length * 0.7);
      // More than one bit: where an image is zeros, one may mean the same zeros from elsewhere.
      for (let at = place; at < place + 16; at += 1) flipped.writeUInt8(flipped.readUInt8(at) ^ 0x10, at);
      const damaged = path.join(images.directory, 'damaged');
      for (const content of [flipped, bytes.subarray(0, Math.floor(bytes.length * 0.9))]) {
        await flash(images.image.path);
        await writeFile(damaged, content);
        const beginning = await drive512();
        await assert.rejects(flash(damaged), isDamage);
        // A zip without its end has no directory: that is seen before the drive is touched.
        if (format === 'zip' && content !== flipped) assert.equal(await drive512(), beginning);
        else await assert.rejects(inspect(drive), /an unfinished flash/);
      }
    });

  it('but not where unpacking shows that it is larger than the drive, which does not boot then', async () => {
    const large = path.join(images.directory, 'large');
    await tool('cp', ['--sparse=always', images.image.path, large]);
    await tool('truncate', ['-s', (121 * MiB).toString(), large]);
    await tool('gzip', ['-1', large]);
    await assert.rejects(
      flash(`${large}.gz`),
      (error: unknown) => error instanceof OsError && error.code === 'no-space' && error.exitCode === 9,
    );
    await assert.rejects(inspect(drive), /an unfinished flash/);
  });

  it('but not where it ends before its last partition does, raw or compressed', async () => {
    const cut = path.join(images.directory, 'cut.img');
    await tool('cp', ['--sparse=always', images.image.path, cut]);
    await tool('truncate', ['-s', '-1M', cut]);
    await flash(images.image.path);
    const beginning = await drive512();
    await assert.rejects(flash(cut), /the image is cut off/);
    assert.equal(await drive512(), beginning);
    await tool('gzip', ['-1', '-k', cut]);
    await assert.rejects(flash(`${cut}.gz`), /the image is cut off/);
    await assert.rejects(inspect(drive), /an unfinished flash/);
  });

  it('but not to a drive that is gone once it was confirmed, nor to another one in its place', async () => {
    const spare = path.join(images.directory, 'spare');
    await tool('truncate', ['-s', '120M', spare]);
    const gone = (await tool('losetup', ['-f', '--show', spare])).trim();
    const named = { drives: [gone], confirmed: [path.basename(gone)] };
    const detached = flash(images.image.path, named, undefined, async () => {
      await tool('losetup', ['-d', gone]);
    });
    await assert.rejects(detached, (error: unknown) => error instanceof OsError && error.exitCode !== 0);
    const other = path.join(images.directory, 'other-card');
    await tool('truncate', ['-s', '130M', other]);
    await tool('losetup', [gone, spare]);
    try {
      const replaced = flash(images.image.path, named, undefined, async () => {
        await tool('losetup', ['-d', gone]);
        await tool('losetup', [gone, other]);
      });
      await assert.rejects(replaced, /is another drive than the one that was confirmed/);
      assert.ok((await readFile(other)).every(byte => byte === 0));
    } finally {
      await tool('losetup', ['-d', gone]);
    }
  });

  it('but a drive that reports errors while it is written to fails the flash, does not boot, and stops no other', async () => {
    const small = path.join(images.directory, 'small');
    await tool('mkdir', [small]);
    await tool('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'none', small]);
    const card = path.join(small, 'card');
    await tool('truncate', ['-s', '120M', card]);
    const failing = (await tool('losetup', ['-f', '--show', card])).trim();
    try {
      await tool('sh', ['-c', `head -c 2000000 /dev/urandom > ${drive}`]);
      const both = [failing, drive];
      await assert.rejects(
        flash(images.image.path, { drives: both, confirmed: both.map(it => path.basename(it)) }),
        (error: unknown) => error instanceof OsError && /drive-failed|no-space/.test(error.code),
      );
      const start = await tool('sh', ['-c', `head -c 1048576 ${failing} | tr -d '\\0' | wc -c`]);
      assert.equal(start.trim(), '0');
      assert.equal(await driveDigest(), images.digest);
    } finally {
      await tool('losetup', ['-d', failing]);
      await tool('umount', ['-l', small]);
    }
  });

  it('by a block map of bmaptool, whose checksums are those of the image', async () => {
    const bmap = path.join(images.directory, 'os.bmap');
    await writeFile(bmap, await tool('bmaptool', ['create', images.image.path]));
    const events = await flash(images.image.path, { bmap: { path: bmap } });
    const done = events.find(event => event.type === 'flashed');
    assert.ok(done !== undefined && done.writtenBytes < done.sizeBytes);
    assert.equal((await inspect(drive)).boot?.os.version, '2.44.0+rev1');
    const other = path.join(images.directory, 'other.img');
    const bytes = await readFile(images.image.path);
    bytes.writeUInt8(bytes.readUInt8(images.image.bootStart + 100) ^ 1, images.image.bootStart + 100);
    await writeFile(other, bytes);
    await assert.rejects(flash(other, { bmap: { path: bmap } }), /is not what its block map describes/);
  });

  it('but not where it is larger than the drive', async () => {
    const large = path.join(images.directory, 'large.img');
    await tool('cp', [images.image.path, large]);
    await tool('truncate', ['-s', (121 * MiB).toString(), large]);
    await assert.rejects(flash(large), /it is too small/);
  });

  it('for each device of a list, the next one only once another card is in', async () => {
    const list = path.join(images.directory, 'devices.csv');
    await writeFile(list, 'hostname,ntpServers\nkitchen,a.example.org\nhall,\n');
    const other = path.join(images.directory, 'second-card');
    await tool('truncate', ['-s', '120M', other]);
    const notes: string[] = [];
    const events: FlashEvent[] = [];
    let swapped: Promise<void> = Promise.resolve();
    const swap = async (): Promise<void> => {
      await tool('losetup', ['-d', drive]);
      await setTimeout(1500);
      await tool('losetup', [drive, other]);
    };
    try {
      await flashEach(
        {
          drives: linuxDrives,
          clock: systemClock,
          signal,
          report: event => events.push(event),
          note: text => {
            notes.push(text);
            if (text.startsWith('take out')) swapped = swap();
          },
          questions: undefined,
          sudoLine: () => 'sudo',
        },
        {
          path: of('gz'),
          drives: [drive],
          isYes: true,
          confirmed: [path.basename(drive)],
          verifies: true,
          isDelta: false,
          bmap: 'none',
          list,
          common: { isDevelopment: true },
          skip: 0,
        },
      );
      await swapped;
      assert.deepEqual(notes, [
        `${drive}: kitchen (1 of 2)`,
        `take out ${drive}, and put in the card of hall (2 of 2)`,
        `${drive}: hall (2 of 2)`,
      ]);
      const [first, second] = [(await inspect(backing)).boot?.config, (await inspect(other)).boot?.config];
      assert.deepEqual([first?.['hostname'], first?.['ntpServers']], ['kitchen', 'a.example.org']);
      assert.deepEqual([second?.['hostname'], second?.['developmentMode']], ['hall', true]);
    } finally {
      await tool('losetup', ['-d', drive]).catch(() => undefined);
      await tool('losetup', [drive, backing]);
    }
  });
});
