import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sanitizeLine } from '../../../src/core/sanitize.ts';

/** Text made of what escape sequences are made of. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\x1b',
        '\x1b[',
        '\x1b]',
        '\x9b',
        '\x9d',
        '\x90',
        '\x07',
        '\x9c',
        '\x1b\\',
        '\n',
        '\r',
        '\x08',
      ),
      fc.constantFrom(
        '31m',
        '0;',
        '2J',
        'a',
        ' ',
        '?',
        '\u202e',
        '\u200b',
        '\u180e',
        '\u3164',
        '\ud800',
        '\u{e0041}',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 40 },
  )
  .map(parts => parts.join(''));

describe('sanitizeLine', () => {
  it('leaves nothing that is not printable', () => {
    fc.assert(
      fc.property(hostile, text => {
        assert.doesNotMatch(sanitizeLine(text), /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 1000 },
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(fc.property(hostile, text => sanitizeLine(sanitizeLine(text)) === sanitizeLine(text)));
  });

  it('leaves printable text alone, whatever the language', () => {
    for (const text of ['mydevice-2', 'Lab 2.0 #2', 'gerät', '温度計', 'ὀδύσσεια', '🙂', 'a\'b"c<d>'])
      assert.equal(sanitizeLine(text), text);
  });

  it('takes escape sequences away whole, also when the string they open never ends', () => {
    assert.equal(sanitizeLine('\x1b[31mred\x1b[0m'), 'red');
    assert.equal(sanitizeLine('a\x1b]0;title\x07b\x1b]8;;http://x\x1b\\c\x9dtitle\x9cd'), 'abcd');
    assert.equal(sanitizeLine('a\x1b]52;c;AAAA\x1b[2Jb'), 'ab');
  });

  it('takes time in proportion to the text', () => {
    const text = `${'\x9d'.repeat(200_000)}\x1b[`;
    assert.ok(sanitizeLine(text) === '');
  });
});
