import assert from 'node:assert/strict';
import { findNearest } from '../../../src/core/nearest.ts';

describe('the nearest word', () => {
  const commands = ['scan', 'ssh', 'info', 'emulator'];

  it('is found through a slip: letters swapped, missing, doubled or wrong', () => {
    for (const [typed, meant] of [
      ['scna', 'scan'],
      ['scn', 'scan'],
      ['sscan', 'scan'],
      ['emulater', 'emulator'],
      ['INFO', 'info'],
    ] as const)
      assert.equal(findNearest(typed, commands), meant);
  });

  it('is none when nothing is near', () => {
    assert.equal(findNearest('frobnicate', commands), undefined);
  });
});
