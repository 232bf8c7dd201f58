import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseCsv, readDeviceList } from '../../../../../src/cli/verbs/image/device-list.ts';

describe('a list of devices', () => {
  it('has cells with and without quotes, of lines that end as on any system', () => {
    assert.deepEqual(parseCsv('\ufeffa,b\r\n"q ""x"", 1",  two \r\n\n,\n"",z'), [
      ['a', 'b'],
      ['q "x", 1', 'two'],
      ['', 'z'],
    ]);
    assert.deepEqual(parseCsv('a\n"two\nlines"\n'), [['a'], ['two\nlines']]);
  });

  it('keeps a quotation mark and blanks of a passphrase', () => {
    const csv = 'hostname,wifi,wifi-passphrase\nkitchen,home,pass"word\nhall,home,"secret "\n';
    assert.deepEqual(
      readDeviceList(csv, {}).map(({ text }) => [text.hostname, text.wifiPassphrase]),
      [
        ['kitchen', 'pass"word'],
        ['hall', 'secret '],
      ],
    );
  });

  it('is refused where a quoted cell has no end, or is followed by more', () => {
    for (const [csv, message] of [
      ['a,b\nx,"y\nz,w\n', /^line 2 of the list of devices: a quotation mark is not closed$/],
      [
        'a,b\nx,"y"z\n',
        /^line 2 of the list of devices: after a quoted cell there is something else than a comma$/,
      ],
    ] as const)
      assert.throws(() => parseCsv(csv), { code: 'usage', message });
  });

  it('has every cell that was written by the rules', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'ü') });
    const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(rows, given => {
        const csv = given.map(row => row.map(quote).join(',')).join('\r\n');
        const filled = given.filter(row => row.some(it => it !== ''));
        assert.deepEqual(parseCsv(csv), filled);
      }),
    );
  });
});
