import assert from 'node:assert/strict';
import fc from 'fast-check';
import { terminalLine } from '../../../src/ui/terminal-line.ts';
import { screenOf } from '../../support/fake-output.ts';

describe('a line that a program printed', () => {
  it('is the last state of progress that overwrites itself', () => {
    assert.equal(terminalLine('10%\r20%\r100%'), '100%');
    assert.equal(terminalLine('100%\r5'), '500%');
    assert.equal(terminalLine('\x1b[2K\r10%\x1b[2K\r9%'), '9%');
    assert.equal(terminalLine('waiting\r\x1b[Kdone'), 'done');
    assert.equal(terminalLine('ab\b\bc'), 'cb');
  });

  it('keeps its text if it ends in the carriage return of a terminal', () => {
    assert.equal(terminalLine('hello\r'), 'hello');
  });

  it('keeps tabs and loses every other control character and sequence', () => {
    assert.equal(terminalLine('a\tb\x1b[31mred\x07'), 'a\tbred?');
    assert.equal(terminalLine('\x1b]0;title\x07a\rb'), 'b');
  });

  it('is what a terminal shows of any text with carriage returns and erasing', () => {
    const part = fc.constantFrom('\r', '\x1b[K', 'a', 'bc', 'def');
    fc.assert(
      fc.property(fc.array(part), parts => {
        const shown = screenOf(parts.join(''))[0] ?? '';
        assert.equal(terminalLine(parts.join('')).trimEnd(), shown.trimEnd());
      }),
    );
  });
});
