import assert from 'node:assert/strict';
import fc from 'fast-check';
import { displayWidth, fit, pad } from '../../../src/ui/display-width.ts';
import { Table } from '../../../src/ui/table.ts';

const renderTable = ([header = [], ...rows]: string[][], width: number): readonly string[] =>
  new Table(header).render(rows, width).lines;

describe('a table', () => {
  it('lines columns up, wide characters too', () => {
    assert.deepEqual(
      renderTable(
        [
          ['NAME', 'OS'],
          ['温度計', '2.0.0'],
          ['a', '-'],
        ],
        80,
      ),
      ['NAME    OS', '温度計  2.0.0', 'a       -'],
    );
  });

  it('cuts the widest column where the screen is narrow', () => {
    assert.deepEqual(renderTable([['a-very-long-name', 'OS', 'x']], 18), ['a-very-lon…  OS  x']);
  });

  it('names the columns that it leaves out', () => {
    const table = new Table(['NAME', 'ADDRESS', 'VARIANT', 'OS']);
    const row = ['shop', '192.168.100.200', 'development', '2.0.0'];
    assert.deepEqual(table.render([row], 30).hidden, ['OS']);
    assert.deepEqual(table.render([row], 80).hidden, []);
  });

  it('does not jump when it is drawn again with narrower cells', () => {
    const table = new Table(['NAME', 'OS']);
    table.render([['a-long-name', '…']], 80);
    assert.deepEqual(table.render([['a', '2.0.0']], 80).lines, ['NAME         OS', 'a            2.0.0']);
  });

  it('leaves the last columns out where they could not be read', () => {
    const row = ['shop', '192.168.100.200', 'development', '2.0.0'];
    assert.deepEqual(renderTable([row], 30), ['shop  192.168.10…  development']);
    assert.deepEqual(renderTable([row], 22), ['shop  192.168.100.200']);
    assert.deepEqual(renderTable([row], 2), ['s…']);
  });

  it('is never wider than the screen', () => {
    const cell = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('温度計温度計', '🙂🙂🙂', 'gerät'));
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { maxLength: 8 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 120 }),
        (rows, width) => {
          for (const line of renderTable(rows, width)) assert.ok(displayWidth(line) <= width);
        },
      ),
    );
  });

  it('pads and cuts by cells, not characters', () => {
    assert.equal(displayWidth(pad('温', 5)), 5);
    // Emoji of the oldest blocks, which builds print, a flag, and what is narrow although it looks like one.
    for (const wide of ['✅', '❌', '⚡', '⏳', '⭐', '🚀', '🈁', '🇩🇪', '温', '한'])
      assert.equal(displayWidth(wide), 2, wide);
    for (const narrow of ['✔', '→', '…', '❯', 'é', 'e\u0301', 'ｱ'])
      assert.equal(displayWidth(narrow), 1, narrow);
    assert.equal(fit('温度計', 4), '温…');
    assert.equal(fit('e\u0301e\u0301', 2), 'e\u0301e\u0301');
  });
});
