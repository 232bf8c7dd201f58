import assert from 'node:assert/strict';
import { exitStatusOf } from '../../../../src/ssh/process/remote-exit.ts';

describe('the exit status of a remote command', () => {
  it('is its own, or 128 + n after signal n', () => {
    assert.equal(exitStatusOf({ status: 7 }), 7);
    assert.equal(exitStatusOf({ signal: 'TERM' }), 143);
    assert.equal(exitStatusOf({ signal: 'KILL' }), 137);
  });

  it('is 255 after a signal that nobody here knows', () => {
    assert.equal(exitStatusOf({ signal: 'LOST@openssh.com' }), 255);
  });
});
