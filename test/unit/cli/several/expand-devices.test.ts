import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expandDevices } from '../../../../src/cli/several/expand-devices.ts';
import { readProjectDevice, readProjectGroups } from '../../../../src/device/project-device.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

const groups = new Map([
  ['shop', ['kitchen', 'hall']],
  ['garden', ['yard']],
]);

const expand = async (...words: string[]): Promise<readonly string[]> => {
  const devices = await expandDevices(words, {
    readGroups: () => Promise.resolve(groups),
    findAll: () =>
      Promise.resolve([
        { label: 'hall', word: '63ec46c63ec46c63ec46c63ec46c63ec' },
        { label: 'roof', word: 'roof.local' },
      ]),
  });
  return devices.map(({ label, word }) => (label === word ? word : `${label} as ${word}`));
};

describe('words that name devices', () => {
  it('stand for the devices of a group, and for all that a scan finds', async () => {
    assert.deepEqual(await expand('@shop', 'yard'), ['kitchen', 'hall', 'yard']);
    assert.deepEqual(await expand('@all'), [
      'hall as 63ec46c63ec46c63ec46c63ec46c63ec',
      'roof as roof.local',
    ]);
  });

  it('stand for each device once, in the order in which they are named', async () => {
    assert.deepEqual(await expand('yard', '@garden', '@shop', '@all', 'kitchen'), [
      'yard',
      'kitchen',
      'hall',
      'roof as roof.local',
    ]);
  });

  it('are refused where one cannot be a name, before anything is done on the others', async () => {
    for (const word of ['-x', 'ha$l', './os.img', 'image:os.img', 'kit chen', 'hall:99999', 'user@hall'])
      await assert.rejects(expand('kitchen', word), { code: 'usage', message: /^not a device: / }, word);
  });

  it('are refused where one is empty or no group, with the nearest one', async () => {
    await assert.rejects(expand('kitchen', '', 'hall'), /a device is missing between the commas/);
    await assert.rejects(expand('@shp'), {
      message: 'no such group of devices: @shp',
      hint: 'did you mean @shop?',
    });
    await assert.rejects(expand('@elsewhere'), { hint: 'os.yml has @shop, @garden' });
  });
});

describe('device: of os.yml', () => {
  async function read(text: string): Promise<string | undefined> {
    await using directory = await openTempDirectory();
    await writeFile(path.join(directory.path, 'os.yml'), text);
    return await readProjectDevice(directory.path);
  }

  it('is one device or several, as on a command line', async () => {
    assert.equal(await read('device: kitchen\n'), 'kitchen');
    assert.equal(await read('device: [kitchen, 10.0.0.7:2375, "@shop"]\n'), 'kitchen,10.0.0.7:2375,@shop');
    assert.equal(await read('device: "@shop"\n'), '@shop');
    assert.equal(await read('groups: {shop: [kitchen]}\n'), undefined);
  });

  it('that is neither a name nor a list of names is refused with the form to use', async () => {
    for (const text of ['device: 63', 'device: ""', 'device: []', 'device: [1234]', 'device: {a: b}'])
      await assert.rejects(read(text), { code: 'project-invalid', hint: /device: \[kitchen, hall\]$/ }, text);
  });
});

describe('groups of devices', () => {
  async function read(text: string): Promise<ReadonlyMap<string, readonly string[]>> {
    await using directory = await openTempDirectory();
    await writeFile(path.join(directory.path, 'os.yml'), text);
    return await readProjectGroups(directory.path);
  }

  it("are read from the project's os.yml", async () => {
    assert.deepEqual(
      [...(await read('groups:\n  shop: [kitchen, 10.0.0.7:2375]\n  yard: ["63ec"]\n'))],
      [
        ['shop', ['kitchen', '10.0.0.7:2375']],
        ['yard', ['63ec']],
      ],
    );
    assert.equal((await read('device: kitchen\n')).size, 0);
  });

  it('that are no lists of devices under a name are refused with the form to use', async () => {
    for (const text of [
      'groups: [kitchen]',
      'groups: shop',
      'groups: {shop: kitchen}',
      'groups: {shop: []}',
      'groups: {shop: [1234]}',
      'groups: {all: [kitchen]}',
      'groups: {shop: [kitchen, "@yard"], yard: [roof]}',
      'groups: {shop: ["kitchen,hall"]}',
      'groups: {shop: [./os.img]}',
      'groups: {"a,b": [kitchen]}',
    ])
      await assert.rejects(
        read(text),
        { code: 'project-invalid', hint: 'write `groups: {shop: [kitchen, hall]}`' },
        text,
      );
  });
});
