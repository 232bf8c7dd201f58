import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encodeLongName } from '../../../src/image/fat/names.ts';
import { tool } from '../../support/image/make-image.ts';
import { needsMachine } from '../../support/machine.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

/** The long-name slots in a volume, each with the ones of the same name and its short slot behind them. */
function longNamesIn(
  volume: Buffer,
): readonly { readonly long: readonly Buffer[]; readonly short: Buffer }[] {
  const found: { long: Buffer[]; short: Buffer }[] = [];
  let long: Buffer[] = [];
  for (let at = 0; at + 32 <= volume.length; at += 32) {
    const slot = volume.subarray(at, at + 32);
    if (slot[11] === 0x0f && slot[0] !== 0xe5) {
      long.push(slot);
      continue;
    }
    if (long.length > 0) found.push({ long, short: slot.subarray(0, 11) });
    long = [];
  }
  return found;
}

describe('a long name on a FAT', () => {
  before(function () {
    needsMachine(this);
  });

  it('is stored in the bytes in which mtools stores it: end, filling, checksum and the field that is zero', async () => {
    await using directory = await openTempDirectory();
    const volume = path.join(directory.path, 'volume');
    const content = path.join(directory.path, 'content');
    await writeFile(content, '');
    await tool('mkfs.vfat', ['-C', volume, '4096']);
    // The first have one slot that is full, two that are full, and one letter in a slot.
    const names = [
      'thirteenchars',
      'x'.repeat(26),
      'y'.repeat(27),
      'a long name.txt',
      'grüne Bohnen.txt',
      'z'.repeat(255),
    ];
    for (const name of names) await tool('mcopy', ['-i', volume, content, `::${name}`]);
    const theirs = longNamesIn(await readFile(volume));
    assert.equal(theirs.length, names.length);
    for (const [index, { long, short }] of theirs.entries())
      assert.deepEqual(encodeLongName(names[index] ?? '', short), long, names[index]);
  });
});
