import assert from 'node:assert/strict';
import { fakeOutput, screenOf, type FakeOutput } from '../../../support/fake-output.ts';

const screen = (output: FakeOutput): string[] => screenOf(output.writes.join(''), output.size.columns);

describe('lines at the bottom of a terminal', () => {
  it('stay below what is written, on either stream, and in its order', () => {
    const output = fakeOutput('tty');
    output.showBelow(['one', 'two']);
    output.talk('talk\n');
    output.answer('answer\n');
    output.talk('more\nand more\n');
    output.showBelow(['one', 'two']);
    assert.deepEqual(screen(output), ['talk', 'answer', 'more', 'and more', 'one', 'two']);
    assert.equal(output.stdout, 'answer\n');
    output.showBelow([]);
    assert.deepEqual(screen(output), ['talk', 'answer', 'more', 'and more']);
    output.talk('the end\n');
    assert.equal(screen(output).at(-1), 'the end');
  });

  it('are one write a frame, and none where nothing changed', () => {
    const output = fakeOutput('tty');
    output.showBelow(['one', 'two']);
    for (let i = 0; i < 1000; i++) output.talk(`${i.toString()}\n`);
    output.showBelow(['one', 'three']);
    output.showBelow(['one', 'three']);
    assert.equal(output.writes.length, 2);
    assert.equal(screen(output).length, 1002);
  });

  it('do not flicker: what stays is not erased, not even written', () => {
    const output = fakeOutput('tty');
    output.showBelow(['stays', '1 s', 'stays too']);
    output.showBelow(['stays', '2 s', 'stays too']);
    assert.equal(output.writes[1], '\x1b[3F\n2 s\x1b[K\n\n\x1b[J');
    assert.deepEqual(screen(output), ['stays', '2 s', 'stays too']);
  });

  it('grow and shrink', () => {
    const output = fakeOutput('tty');
    for (const lines of [['a'], ['a long one', 'b', 'c'], ['d', 'c'], ['e']]) {
      output.showBelow(lines);
      assert.deepEqual(screen(output), lines);
    }
  });

  it('are found again where the window was made narrower, and they were wrapped', () => {
    const output = fakeOutput('tty');
    output.talk('above\n');
    output.showBelow(['x'.repeat(90), 'short']);
    output.size.columns = 40;
    output.showBelow(['y'.repeat(39), 'short']);
    assert.deepEqual(screen(output), ['above', 'y'.repeat(39), 'short']);
  });

  it('never hide the cursor, so that there is none to bring back', () => {
    const output = fakeOutput('tty');
    output.showBelow(['a']);
    output.talk('b\n');
    output.showBelow([]);
    assert.doesNotMatch(output.writes.join(''), /\x1b\[\?/); // eslint-disable-line no-control-regex -- sequences
  });
});
