import assert from 'node:assert/strict';
import { parseTail } from '../../../src/logs/parse-tail.ts';

describe('--tail', () => {
  it('takes a number of lines, or all, as docker does, and nothing else', () => {
    assert.deepEqual([parseTail('0'), parseTail('50'), parseTail('all')], [0, 50, undefined]);
    for (const text of ['', '-1', '1.5', '1e3', 'ten', '9'.repeat(20)])
      assert.throws(() => parseTail(text), { code: 'usage', hint: 'write it like --tail 50, or --tail all' });
  });
});
