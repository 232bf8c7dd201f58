import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { shellQuote } from '../../src/core/shell-quote.ts';
import { toCommandLine } from '../../src/ssh/process/command-line.ts';

/** The words that each of `lines` prints with a `\0` after each, all run by one shell, as starting a process is slow. */
function runLines(lines: readonly string[]): string[][] {
  const input = lines.map(line => `printf '[\\0'\n${line}\n`).join('');
  const found: string[][] = [];
  for (const word of execFileSync('/bin/sh', [], { input }).toString().split('\0').slice(0, -1))
    if (word === '[') found.push([]);
    else found.at(-1)?.push(word);
  return found;
}

/** `[` alone is where the words of a line begin. */
const isKept = (word: string): boolean =>
  !word.includes('\0') && word !== '[' && Buffer.from(word).toString() === word;
const lists = (unit: 'binary' | 'grapheme'): fc.Arbitrary<string[][]> =>
  fc.array(fc.array(fc.string({ unit }).filter(isKept), { minLength: 1, maxLength: 20 }), {
    minLength: 10,
    maxLength: 40,
  });

describe('the command line for a device', () => {
  it('brings several words to a POSIX shell exactly as they are', () => {
    fc.assert(
      fc.property(lists('grapheme'), all => {
        const lines = all.map(words => toCommandLine(['printf', '%s\\0', ...words]) ?? '');
        assert.deepEqual(runLines(lines), all);
      }),
      { numRuns: 5 },
    );
  });
});

describe('a word for the shell', () => {
  it('arrives as it was, whatever is in it', () => {
    fc.assert(
      fc.property(lists('binary'), all => {
        const lines = all.map(words => `printf '%s\\0' ${words.map(shellQuote).join(' ')}`);
        assert.deepEqual(runLines(lines), all);
      }),
      { numRuns: 5 },
    );
  });
});
