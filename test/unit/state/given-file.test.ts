import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readGivenFile } from '../../../src/state/given-file.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';
import { run } from '../../support/run.ts';

describe('a file that a person names', () => {
  it('is read, or refused with its name and the reason; a pipe without a writer is not waited for', async () => {
    await using temp = await openTempDirectory();
    const at = (name: string): string => path.join(temp.path, name);
    await writeFile(at('there'), 'text');
    await mkdir(at('directory'));
    await run('mkfifo', [at('pipe')]);
    assert.equal((await readGivenFile(at('there'))).toString(), 'text');
    const refused = (name: string, reason: string): Promise<void> =>
      assert.rejects(readGivenFile(at(name), { what: 'the key', code: 'project-invalid' }), {
        code: 'project-invalid',
        message: `cannot read the key ${at(name)}: ${reason}`,
      });
    await refused('missing', 'no such file or directory');
    await refused('directory', 'it is a directory');
    await refused('pipe', 'it is a pipe, which is not read');
    await assert.rejects(readGivenFile(at('missing')), {
      code: 'usage',
      message: `cannot read ${at('missing')}: no such file or directory`,
    });
  });
});
