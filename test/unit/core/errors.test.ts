import assert from 'node:assert/strict';
import { readFileSync, renameSync } from 'node:fs';
import { messageOf } from '../../../src/core/errors.ts';

describe('the message of an error', () => {
  const caught = (action: () => unknown): unknown => {
    try {
      return action();
    } catch (error) {
      return error;
    }
  };

  it('is the reason alone where Node names its code, its system call and the file', () => {
    assert.equal(messageOf(caught(() => readFileSync('/no/such'))), 'no such file or directory');
    assert.equal(messageOf(caught(() => readFileSync('/'))), 'illegal operation on a directory');
    assert.equal(messageOf(caught(() => renameSync("/it's", '/b'))), 'no such file or directory');
  });

  it('is that of any other error as it is', () => {
    for (const text of ['connect ECONNREFUSED 10.0.0.5:2377', 'ENOENT', 'TLS: it is refused, as ever'])
      assert.equal(messageOf(new Error(text)), text);
    assert.equal(messageOf('words'), 'words');
  });
});
