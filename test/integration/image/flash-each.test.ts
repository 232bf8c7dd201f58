import assert from 'node:assert/strict';
import { open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { flashEach } from '../../../src/cli/verbs/image/flash-each.ts';
import type { FlashQuestions } from '../../../src/cli/verbs/image/choose-drives.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { OsError } from '../../../src/core/errors.ts';
import type { Drive } from '../../../src/image/drives/drive.ts';
import type { DriveSystem } from '../../../src/image/drives/drive-system.ts';
import { linuxDrives } from '../../../src/image/drives/linux-drives.ts';
import { MiB } from '../../support/image/make-image.ts';
import { makeSmallImage } from '../../support/image/small-image.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const { signal } = new AbortController();
const sizeBytes = 16 * MiB;

describe('cards that are flashed one after the other', function () {
  this.timeout(60_000);
  let directory: Awaited<ReturnType<typeof openTempDirectory>>;
  let image: string;
  let list: string;

  before(async () => {
    directory = await openTempDirectory();
    image = await makeSmallImage(directory.path);
    list = path.join(directory.path, 'devices.csv');
    await writeFile(list, 'hostname\nkitchen\nhall\n');
  });
  after(() => directory[Symbol.asyncDispose]());

  /** A file that stands for a drive with content that must not be lost. */
  const makeDrive = async (name: string): Promise<string> => {
    const file = path.join(directory.path, name);
    await using handle = await open(file, 'w');
    await handle.truncate(sizeBytes);
    await handle.write('precious', 0);
    return file;
  };
  const isPrecious = async (file: string): Promise<boolean> =>
    (await readFile(file)).subarray(0, 8).toString() === 'precious';

  const reader = (file: string, more: Partial<Drive> = {}): Drive => ({
    ...{ path: file, name: path.basename(file), deviceNumbers: ['8:16'], kind: 'disk', bus: 'usb' },
    ...{ model: 'Card Reader', serial: 'R1', sizeBytes, sectorBytes: 512, isRemovable: true },
    ...{ isReadOnly: false, mountPoints: [], isSwap: false, holders: [], members: [] },
    ...{ backingFile: undefined, ...more },
  });

  /** Flashes two cards: the first to what `first` lists, the second once `next` is there instead. */
  async function flashTwo(
    names: readonly string[],
    first: readonly Drive[],
    next: () => Promise<readonly Drive[]>,
    questions?: FlashQuestions,
  ): Promise<readonly string[]> {
    const notes: string[] = [];
    let present: readonly Drive[] = first;
    let waits = 0;
    const drives: DriveSystem = {
      ...linuxDrives,
      list: () => Promise.resolve(present),
      devicesOf: () => Promise.resolve([]),
      dropCache: () => Promise.resolve(),
      rereadTable: () => Promise.resolve(),
    };
    let nowMs = 0;
    const clock: Clock = {
      nowMs: () => nowMs,
      async sleep(ms) {
        nowMs += ms;
        waits += 1;
        assert.ok(waits < 50, 'nobody waits for a card that does not come');
        present = waits === 1 ? [] : await next();
      },
    };
    await flashEach(
      {
        ...{ drives, clock, signal, questions, sudoLine: () => 'sudo', report: () => undefined },
        note: text => notes.push(text),
      },
      {
        ...{ path: image, drives: names, isYes: true, confirmed: [], verifies: false },
        ...{ isDelta: true, bmap: 'none', list, common: {}, skip: 0 },
      },
    );
    return notes;
  }

  it('are those of the reader that was named, whatever their sizes', async () => {
    const sdb = await makeDrive('sdb');
    await flashTwo([sdb], [reader(sdb)], async () => {
      await makeDrive('sdb');
      return [reader(sdb, { sizeBytes: sizeBytes - MiB })];
    });
    assert.ok(!(await isPrecious(sdb)));
  });

  it('are never another drive that has got the path of the reader, whatever --yes says', async () => {
    const sdb = await makeDrive('sdb');
    const other = { model: 'Backup Disk', serial: 'D7' };
    const flashed = flashTwo([sdb], [reader(sdb)], async () => {
      if (!(await isPrecious(sdb))) await makeDrive('sdb');
      return [reader(sdb, other)];
    });
    await assert.rejects(flashed, (error: unknown) => {
      assert.ok(error instanceof OsError);
      assert.equal(error.code, 'drive-refused');
      assert.match(error.message, /Backup Disk/);
      assert.match(error.hint ?? '', /--skip 1/);
      return true;
    });
    assert.ok(await isPrecious(sdb));
  });

  it('may be another stick where a person says so', async () => {
    for (const answer of [false, true]) {
      const sdb = await makeDrive('sdb');
      const asked: string[] = [];
      const questions: FlashQuestions = {
        pick: () => assert.fail(),
        type: () => assert.fail(),
        confirm: question => {
          asked.push(question);
          return Promise.resolve(answer);
        },
      };
      let isIn = false;
      const flashed = flashTwo(
        [sdb],
        [reader(sdb)],
        async () => {
          if (!isIn) await makeDrive('sdb');
          isIn = true;
          return [reader(sdb, { serial: 'R2' })];
        },
        questions,
      );
      if (answer) await flashed;
      else await assert.rejects(flashed, { code: 'drive-refused' });
      assert.equal(await isPrecious(sdb), !answer);
      assert.equal(asked.length, 1);
    }
  });

  it('are looked for by the name that was given: a link that leads elsewhere now is followed', async () => {
    const [sdb, sdc] = [await makeDrive('sdb'), await makeDrive('sdc')];
    const link = path.join(directory.path, 'usb-Card_Reader_R1');
    await symlink(sdb, link);
    await flashTwo([link], [reader(sdb)], async () => {
      await rm(link);
      await symlink(sdc, link);
      await makeDrive('sdb');
      return [reader(sdb, { model: 'Backup Disk', serial: 'D7' }), reader(sdc)];
    });
    assert.ok(await isPrecious(sdb));
    assert.ok(!(await isPrecious(sdc)));
  });

  it('are looked for also where the drive was named without its directory', async () => {
    const sdb = await makeDrive('sdb');
    await flashTwo(['sdb'], [reader(sdb)], () => Promise.resolve([reader(sdb)]));
    assert.ok(!(await isPrecious(sdb)));
  });

  it('are waited for also where one drive is named twice', async () => {
    const sdb = await makeDrive('sdb');
    const link = path.join(directory.path, 'twice');
    await symlink(sdb, link);
    const notes = await flashTwo([sdb, link], [reader(sdb)], () => Promise.resolve([reader(sdb)]));
    assert.equal(notes[1], `take out ${sdb}, and put in the card of hall (2 of 2)`);
  });
});
