import assert from 'node:assert/strict';
import { unlessAborted } from '../../../src/core/unless-aborted.ts';

const never = new Promise<string>(() => undefined);

describe('work that cannot be told to stop', () => {
  it('is given up as soon as the signal aborts, with the reason of the signal', async () => {
    const stop = new AbortController();
    const waiting = unlessAborted(never, stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, { message: 'enough' });
    await assert.rejects(unlessAborted(never, stop.signal), { message: 'enough' });
  });

  it('keeps its own outcome where nothing aborts', async () => {
    const { signal } = new AbortController();
    assert.equal(await unlessAborted(Promise.resolve('done'), signal), 'done');
    await assert.rejects(unlessAborted(Promise.reject(new Error('no')), signal), { message: 'no' });
    assert.equal(await unlessAborted(Promise.resolve('done'), undefined), 'done');
  });
});
