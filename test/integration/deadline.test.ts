import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openDeadline } from '../../src/core/deadline.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a deadline', () => {
  it('aborts when its time is over, also after a garbage collection', async () => {
    using deadline = openDeadline(new AbortController().signal, 20);
    const aborted = once(deadline.signal, 'abort');
    collectGarbage();
    await aborted;
    assert.equal((deadline.signal.reason as Error).name, 'TimeoutError');
  });
});
