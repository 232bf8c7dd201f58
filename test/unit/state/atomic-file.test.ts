import assert from 'node:assert/strict';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../../src/state/atomic-file.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

describe('a file that is replaced in one step', () => {
  it('leaves nothing beside what it could not replace', async () => {
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'file');
    await mkdir(file);
    await writeFile(path.join(file, 'inside'), '');
    await assert.rejects(writeFileAtomic(file, 'content'), { code: 'state-unusable' });
    assert.deepEqual(await readdir(directory.path), ['file']);
    assert.deepEqual(await readdir(file), ['inside']);
  });

  it('belongs to the owner that is asked for', async function () {
    if (process.getuid?.() !== 0) this.skip();
    await using directory = await openTempDirectory();
    for (const [uid, gid] of [
      [0, 0],
      [1234, 0],
      [0, 1234],
    ] as const) {
      const file = path.join(directory.path, `${uid.toString()}-${gid.toString()}`);
      await writeFileAtomic(file, 'content', 0o600, { uid, gid });
      const { uid: ownUid, gid: ownGid, mode } = await stat(file);
      assert.deepEqual([ownUid, ownGid, mode & 0o777], [uid, gid, 0o600]);
    }
  });
});
