import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { fillTemplate, parseCsv, readDeviceList } from '../../../../../src/cli/verbs/image/device-list.ts';
import { readDevices } from '../../../../../src/cli/verbs/image/read-devices.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';

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

  it('is refused where two columns have one name, or a cell has a column without a name', () => {
    for (const [csv, message] of [
      ['hostname,wifi,hostname\na,Home,b\n', /^the list of devices has two columns "hostname"$/],
      ['hostname,\na,\nb,x\n', /^column 2 of the list of devices has no name$/],
    ] as const)
      assert.throws(() => readDeviceList(csv, {}), { code: 'usage', message });
    assert.equal(readDeviceList('hostname,,\na,,\n', {})[0]?.text.hostname, 'a');
  });

  it('fills names of files with its columns alone', () => {
    assert.equal(fillTemplate('os-{hostname}.img', { hostname: 'a' }), 'os-a.img');
    for (const name of ['constructor', 'nothing'])
      assert.throws(() => fillTemplate(`os-{${name}}.img`, { hostname: 'a' }), { code: 'usage' });
  });

  it('names the device whose settings cannot be used, before any of them is', async () => {
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'devices.csv');
    for (const [csv, message] of [
      [
        'hostname,wifi,wifi-passphrase\na,Home,12345678\nb,Home,123\n',
        /^device 2 of the list: a WPA2 passphrase/,
      ],
      ['hostname,ethernet\na,auto\nb,10.0.0.400/24\n', /^device 2 of the list: "10.0.0.400\/24" is not/],
      ['hostname\na\nb_c\n', /^device 2 of the list: hostname cannot have this value/],
    ] as const) {
      await writeFile(file, csv);
      await assert.rejects(readDevices(file, {}), { code: 'config-invalid', message });
    }
    await writeFile(file, 'hostname,nonsense\na,x\n');
    await assert.rejects(readDevices(file, {}), {
      code: 'usage',
      hint: /`os config set KEY VALUE --type TYPE/,
    });
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
