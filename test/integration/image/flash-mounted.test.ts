import assert from 'node:assert/strict';
import { mkdir, mkdtemp, open, readFile, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { flashImage } from '../../../src/cli/verbs/image/flash-image.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { DriveSystem } from '../../../src/image/drives/drive-system.ts';
import { linuxDrives } from '../../../src/image/drives/linux-drives.ts';
import type { FlashEvent } from '../../../src/image/flash/flash-events.ts';
import { makeImage, tool } from '../../support/image/make-image.ts';
import { needsMachine } from '../../support/machine.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const { signal } = new AbortController();

describe('a card that the desktop has mounted', function () {
  this.timeout(60_000);
  let directory: Awaited<ReturnType<typeof openTempDirectory>>;
  let image: string;
  let drive: string;
  /** Where desktops mount: what is mounted elsewhere is of the system. */
  let media: string;
  const at = (name: string): string => path.join(directory.path, name);

  before(async function () {
    needsMachine(this);
    directory = await openTempDirectory();
    image = (await makeImage(directory.path, { bootMiB: 40, dataMiB: 8 })).path;
    await tool('truncate', ['-s', '150M', at('card')]);
    await mkdir('/run/media', { recursive: true });
    media = await mkdtemp('/run/media/os-test-');
    drive = (await tool('losetup', ['-f', '--show', at('card')])).trim();
  });
  after(async () => {
    await tool('losetup', ['-d', drive]);
    await rmdir(media);
    await directory[Symbol.asyncDispose]();
  });

  /** The drives of this machine, among which the loop device is a card in a reader. */
  const drives: DriveSystem = {
    ...linuxDrives,
    list: async innerSignal =>
      (await linuxDrives.list(innerSignal)).map(it =>
        it.path === drive ? { ...it, kind: 'disk', isRemovable: true, backingFile: undefined } : it,
      ),
  };

  async function flash(): Promise<readonly FlashEvent['type'][]> {
    const events: FlashEvent['type'][] = [];
    await flashImage(
      {
        ...{ drives, clock: systemClock, signal, questions: undefined },
        report: ({ type }) => events.push(type),
        note: () => undefined,
        sudoLine: () => 'sudo',
      },
      {
        ...{ path: image, drives: [drive], isYes: true, confirmed: [], verifies: true, isDelta: false },
        bmap: 'none',
      },
    );
    return events;
  }

  async function mountTwice(): Promise<readonly string[]> {
    await tool('mkfs.ext4', ['-q', '-F', drive]);
    await tool('mount', [drive, media]);
    const inner = path.join(media, 'inner');
    await mkdir(inner);
    await tool('mount', [drive, inner]);
    return [inner, media];
  }
  const isMounted = async (): Promise<boolean> =>
    (await readFile('/proc/self/mountinfo', 'utf8')).includes(media);

  it('is left alone where a program has a file of it open', async () => {
    const mounts = await mountTwice();
    try {
      await using _open = await open(path.join(media, 'inner'), 'r');
      await assert.rejects(flash(), { code: 'busy', message: /^cannot unmount .*\/inner: / });
      assert.match(await tool('blkid', ['-o', 'value', '-s', 'TYPE', drive]), /ext4/);
    } finally {
      for (const mount of mounts) await tool('umount', [mount]);
    }
  });

  it('is unmounted everywhere, the deepest place first, and then flashed', async () => {
    await mountTwice();
    assert.equal((await flash()).at(-1), 'flashed');
    assert.equal(await isMounted(), false);
    await tool('cmp', ['-n', (await readFile(image)).length.toString(), image, drive]);
  });
});
