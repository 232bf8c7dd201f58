import assert from 'node:assert/strict';
import { readProjectRunner } from '../../../../../src/cli/verbs/wiring/read-project-runner.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';
import { makeTree } from '../../../../support/tree.ts';

describe('`runner:` of os.yml', () => {
  const read = async (text: string): Promise<string | undefined> => {
    await using directory = await openTempDirectory();
    await makeTree(directory.path, { 'os.yml': text });
    return await readProjectRunner(directory.path);
  };

  it('names the runner of a project, and may be left out', async () => {
    assert.equal(await read('runner: supervisor\n'), 'supervisor');
    assert.equal(await read('runner: engine\n'), 'engine');
    assert.equal(await read('device: kitchen\n'), undefined);
  });

  it('is refused with what to write if it names no runner', async () => {
    await assert.rejects(read('runner: docker\n'), {
      code: 'project-invalid',
      message: /os\.yml: runner: is neither engine nor supervisor$/,
    });
  });
});
