import assert from 'node:assert/strict';
import { open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { readTarMembers } from '../../../../../src/release/build/local/tar-members.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';

describe('the members of a saved image', () => {
  it('end where a header says that one has less than no bytes, instead of leading back to it', async () => {
    const tar = pack();
    tar.entry({ name: 'a', pax: { size: '-1024' } }, 'one');
    tar.finalize();
    await using temp = await openTempDirectory();
    const name = path.join(temp.path, 'image.tar');
    const bytes = await buffer(tar);
    await writeFile(name, bytes);
    await using file = await open(name);
    let members = 0;
    const readAll = async (): Promise<void> => {
      for await (const _ of readTarMembers(file, { offset: 0, sizeBytes: bytes.length }))
        assert.ok(++members < 3, 'it goes on without end');
    };
    await assert.rejects(readAll(), {
      code: 'host-unsuitable',
      message: 'cannot read the image that docker has saved: it is cut off',
    });
  });
});
