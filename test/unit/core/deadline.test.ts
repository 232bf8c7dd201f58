import assert from 'node:assert/strict';
import { openDeadline } from '../../../src/core/deadline.ts';

describe('openDeadline', () => {
  it('aborts with the reason of the signal it was made from', () => {
    const controller = new AbortController();
    using deadline = openDeadline(controller.signal, 60_000);
    controller.abort(new Error('enough'));
    assert.throws(() => deadline.signal.throwIfAborted(), /enough/);
  });
});
