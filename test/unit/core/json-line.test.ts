import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toJsonLine } from '../../../src/core/json-line.ts';

describe('toJsonLine', () => {
  it('is the same value to a parser, and one printable line', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\x9b2J', '\u202e', '\u{e0041}', '\u2028', 'é'),
    );
    fc.assert(
      fc.property(fc.dictionary(text, text), value => {
        const line = toJsonLine(value);
        assert.equal(JSON.stringify(JSON.parse(line)), JSON.stringify(value));
        assert.doesNotMatch(line.slice(0, -1), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
