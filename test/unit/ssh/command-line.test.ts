import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { toCommandLine } from '../../../src/ssh/command-line.ts';

describe('the command line for a device', () => {
  it('brings several words to a POSIX shell exactly as they are', () => {
    const word = fc.string({ unit: 'grapheme' }).filter(text => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), words => {
        const line = toCommandLine(['printf', '%s\\0', ...words]) ?? '';
        const printed = execFileSync('sh', ['-c', line]).toString();
        assert.deepEqual(
          printed.split('\0').slice(0, -1),
          words.map(text => Buffer.from(text).toString()),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('leaves a single word to the shell', () => {
    assert.equal(toCommandLine(['ls *.log | wc -l']), 'ls *.log | wc -l');
  });

  it('is none without words', () => {
    assert.equal(toCommandLine([]), undefined);
  });
});
