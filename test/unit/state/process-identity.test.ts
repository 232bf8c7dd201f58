import assert from 'node:assert/strict';
import {
  isInOtherSpace,
  isProcessAlive,
  processIdentity,
  readProcessSpace,
} from '../../../src/state/process-identity.ts';

describe('a recorded process', () => {
  const { boot, startTicks } = processIdentity(process.pid);
  const space = readProcessSpace();

  it('is of another container where its space is another one of this boot, and only there', function () {
    if (boot === null || space === undefined) this.skip();
    assert.equal(isInOtherSpace({ boot, space: `${boot} pid:[1]` }), true);
    for (const recorded of [
      { boot, space },
      { boot: 'the boot before', space: 'the boot before pid:[1]' },
      { boot, space: 1 },
      { boot },
      { space: `${boot} pid:[1]` },
      'x',
      null,
    ])
      assert.equal(isInOtherSpace(recorded), false, JSON.stringify(recorded));
  });

  it('is not said to run where a part of its identity is missing or no number', () => {
    const { pid } = process;
    for (const recorded of [
      { boot, startTicks },
      { pid, startTicks },
      { pid, boot },
      { pid: String(pid), boot, startTicks },
    ])
      assert.equal(isProcessAlive(recorded), false, JSON.stringify(recorded));
    assert.equal(isProcessAlive({ pid, boot, startTicks }), true);
  });
});
