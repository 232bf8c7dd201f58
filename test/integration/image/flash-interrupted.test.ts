import assert from 'node:assert/strict';
import { once } from 'node:events';
import { truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { flashImage } from '../../../src/cli/verbs/image/flash-image.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { Drive } from '../../../src/image/drives/drive.ts';
import { linuxDrives } from '../../../src/image/drives/linux-drives.ts';
import { MiB } from '../../support/image/make-image.ts';
import { makeSmallImage } from '../../support/image/small-image.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const sizeBytes = 16 * MiB;

describe('a flash of two drives that is interrupted once one is done', function () {
  this.timeout(30_000);

  it('names the other one alone as unfinished', async () => {
    await using directory = await openTempDirectory();
    const image = await makeSmallImage(directory.path);
    const [done, mounted] = [path.join(directory.path, 'sda'), path.join(directory.path, 'sdb')];
    for (const file of [done, mounted]) {
      await writeFile(file, '');
      await truncate(file, sizeBytes);
    }
    const driveOf = (file: string, mountPoints: readonly string[]): Drive => ({
      ...{ path: file, name: path.basename(file), deviceNumbers: [path.basename(file)], kind: 'disk' },
      ...{ bus: 'usb', model: 'Card Reader', serial: file, sizeBytes, sectorBytes: 512 },
      ...{ isRemovable: true, isReadOnly: false, mountPoints, isSwap: false, holders: [], members: [] },
      backingFile: undefined,
    });
    const interrupt = new AbortController();
    const notes: string[] = [];
    const flashing = flashImage(
      {
        drives: {
          ...linuxDrives,
          list: () => Promise.resolve([driveOf(done, []), driveOf(mounted, ['/media/card'])]),
          dropCache: () => Promise.resolve(),
          rereadTable: () => Promise.resolve(),
          async unmount(_, signal) {
            await once(signal, 'abort');
            throw signal.reason;
          },
        },
        clock: systemClock,
        signal: interrupt.signal,
        report(event) {
          if (event.type === 'flashed') interrupt.abort(new Error('interrupted'));
        },
        note: text => void notes.push(text),
        questions: undefined,
        sudoLine: () => 'sudo',
      },
      {
        ...{ path: image, drives: [done, mounted], verifies: true, isDelta: false, bmap: 'none' },
        ...{ isYes: true, confirmed: [] },
      },
    );
    await assert.rejects(flashing, /interrupted/);
    assert.deepEqual(notes, [
      `${mounted}: unfinished; what was begun does not boot until it is flashed again`,
    ]);
  });
});
