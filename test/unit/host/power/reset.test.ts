import assert from 'node:assert/strict';
import { requestReset, resetFacts } from '../../../../src/host/power/reset.ts';
import { memoryHostFiles } from '../../../support/memory-host-files.ts';

const { signal } = new AbortController();
const { state, data } = resetFacts;

describe('a reset that the OS does at its next boot', () => {
  it('is asked for by the absence of the flag of each partition, and of no other file', async () => {
    const files = memoryHostFiles({ [state.flag]: '', [data.flag]: '', '/mnt/data/kept': '' });
    await requestReset(files, ['state'], signal);
    assert.equal(await files.stat(state.flag, { signal }), undefined);
    assert.ok(await files.stat(data.flag, { signal }));
    await requestReset(files, ['data'], signal);
    assert.equal(await files.stat(data.flag, { signal }), undefined);
    assert.ok(await files.stat('/mnt/data/kept', { signal }));
  });

  it('is asked for of all partitions or of none, where the OS has no reset of one', async () => {
    const files = memoryHostFiles({ [state.flag]: '' });
    await assert.rejects(requestReset(files, ['state', 'data'], signal), {
      code: 'host-refused',
      message: 'this OS has no reset of its data partition',
      hint: 'it came with 2.86.0',
    });
    assert.ok(await files.stat(state.flag, { signal }));
  });
});
