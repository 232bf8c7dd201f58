import assert from 'node:assert/strict';
import { toCommandLine } from '../../../../src/ssh/process/command-line.ts';

describe('the command line for a device', () => {
  it('leaves a single word to the shell', () => {
    assert.equal(toCommandLine(['ls *.log | wc -l']), 'ls *.log | wc -l');
  });

  it('is none without words', () => {
    assert.equal(toCommandLine([]), undefined);
  });
});
