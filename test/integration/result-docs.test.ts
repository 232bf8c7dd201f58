import assert from 'node:assert/strict';
import { runNode } from '../support/run-program.ts';

describe('the page of results of --json', function () {
  // A type check of the whole program.
  this.timeout(240_000);

  it('is as the types of the commands say', async () => {
    const { code, stdout, stderr } = await runNode(['scripts/docs.mjs', '--check']);
    assert.equal(code, 0, stdout + stderr);
  });
});
