import assert from 'node:assert/strict';
import fc from 'fast-check';
import { displayWidth } from '../../../src/ui/display-width.ts';
import { OsError } from '../../../src/core/errors.ts';
import { renderFailure } from '../../../src/ui/failure.ts';
import { note } from '../../../src/ui/output.ts';
import { breakWords, wrap } from '../../../src/ui/wrap.ts';
import { fakeOutput, type FakeOutput } from '../../support/fake-output.ts';

const narrow = (): FakeOutput => {
  const output = fakeOutput('tty');
  output.size.columns = 40;
  return output;
};

describe('prose on a narrow terminal', () => {
  it('breaks between words, and further lines have the indent of the first', () => {
    assert.equal(
      wrap('    an address works where multicast does not\nshort', 30),
      '    an address works where\n    multicast does not\nshort',
    );
  });

  it('stays behind the name of its service, also where that has a colour', () => {
    const text = '\x1b[36mmain |\x1b[39m built in 4.5 s, 0 of 3 steps from the cache';
    assert.equal(
      wrap(text, 32),
      '\x1b[36mmain |\x1b[39m built in 4.5 s, 0 of 3\n       steps from the cache',
    );
  });

  it('keeps a command whole, in backticks and after a colon', () => {
    assert.deepEqual(breakWords('stop it first: os emulator down kitchen', 20), [
      'stop it first:',
      'os emulator down kitchen',
    ]);
    assert.deepEqual(breakWords('`os down --volumes`, or another', 18), [
      '`os down --volumes`,',
      'or another',
    ]);
  });

  it('keeps a command whole in brackets too', () => {
    assert.deepEqual(breakWords('update it (`os update`), or', 18), ['update it', '(`os update`), or']);
  });

  it('keeps each word and never has a wider line, unless one word is wider', () => {
    const word = fc.stringMatching(/^[a-z温]{1,12}$/u);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), fc.integer({ min: 24, max: 60 }), (parts, width) => {
        const lines = breakWords(parts.join(' '), width);
        assert.deepEqual(
          lines.flatMap(line => line.split(' ')),
          parts,
        );
        assert.ok(lines.every(line => displayWidth(line) <= width));
      }),
    );
  });

  it('is what notes and failures are made of', () => {
    const output = narrow();
    note(output, 'the services keep running on kitchen.local; `os down` removes them');
    assert.equal(output.stderr, 'the services keep running on\nkitchen.local; `os down` removes them\n');
    const failure = new OsError('device-not-found', 'no device named kitchen answers on this network', {
      hint: '`os scan` lists the devices that answer',
    });
    assert.equal(
      renderFailure(failure, narrow()),
      [
        'os: no device named kitchen answers on',
        '    this network',
        '    `os scan` lists the devices that',
        '    answer',
        '',
      ].join('\n'),
    );
  });

  it('is one line in a pipe, however long', () => {
    const output = fakeOutput('plain');
    output.size.columns = 40;
    note(output, 'the services keep running on kitchen.local; `os down` removes them');
    assert.equal(output.stderr.split('\n').length, 2);
  });
});
