import assert from 'node:assert/strict';
import { readdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lockImage } from '../../../../../src/cli/verbs/image/image-files.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';

const { signal } = new AbortController();

describe('the lock of an image', () => {
  it('is one for all names of the file, also of one that is yet to be written', async () => {
    await using directory = await openTempDirectory();
    const at = (name: string): string => path.join(directory.path, name);
    await writeFile(at('real.img'), '');
    await symlink('real.img', at('link.img'));
    await symlink('.', at('here'));
    for (const [one, other] of [
      ['real.img', 'link.img'],
      ['link.img', 'here/real.img'],
      ['new.img', 'here/new.img'],
    ] as const) {
      await using _lock = await lockImage(at(one), false, signal);
      await assert.rejects(lockImage(at(other), false, signal), {
        code: 'busy',
        message: `another os command is working on ${at(other)}`,
      });
    }
    assert.deepEqual((await readdir(directory.path)).sort(), ['here', 'link.img', 'real.img']);
  });
});
