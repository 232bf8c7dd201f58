import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import type { Inspection } from '../../../../src/image/inspect/inspection.ts';
import { renderInspection } from '../../../../src/ui/image/inspection.ts';
import { fakeOutput } from '../../../support/fake-output.ts';

const MiB = 1024 * 1024;
const partition = (
  number: number,
  role: 'boot' | 'rootA' | 'data',
  startMiB: number,
  sizeMiB: number,
): Inspection['partitions'][number] => ({
  number,
  startBytes: startMiB * MiB,
  sizeBytes: sizeMiB * MiB,
  type: '83',
  name: undefined,
  isLogical: false,
  role,
  fileSystem: {
    kind: role === 'boot' ? 'fat16' : 'ext4',
    label: `resin-${role}`,
    uuid: undefined,
    sizeBytes: sizeMiB * MiB,
    freeBytes: (sizeMiB * MiB) / 2,
    isClean: role !== 'data',
    problem: undefined,
  },
});

const inspection: Inspection = {
  path: 'os.img',
  format: 'raw',
  isDrive: false,
  fileBytes: 100 * MiB,
  sizeBytes: 100 * MiB,
  table: { kind: 'mbr', sectorBytes: 512, partitions: [], extended: undefined, problems: [] },
  partitions: [partition(1, 'boot', 0, 20), partition(2, 'rootA', 20, 60), partition(5, 'data', 80, 20)],
  unread: [],
  boot: undefined,
  problems: ['a fault \u001b[31mof the table'],
  isComplete: true,
};

describe('an inspected image', () => {
  it('is shown as a map to scale, with a row for each partition: label, type, size, used and free', () => {
    const text = stripVTControlCharacters(renderInspection(inspection, fakeOutput('tty')));
    const rows = text.split('\n').filter(line => /^ *\d+ +resin-/.test(line));
    assert.deepEqual(
      rows.map(row => row.trim().split(/ {2,}/)),
      [
        ['1', 'resin-boot', 'fat16', '21.0 MB', '10.5 MB', '10.5 MB'],
        ['2', 'resin-rootA', 'ext4', '62.9 MB', '31.5 MB', '31.5 MB'],
        ['5', 'resin-data', 'ext4', '21.0 MB', '10.5 MB', '10.5 MB', 'not unmounted'],
      ],
    );
    const names = text.split('\n').find(line => /boot.*rootA.*data/.test(line)) ?? assert.fail(text);
    const at = ['boot', 'rootA', 'data'].map(name => names.indexOf(name));
    const [boot = 0, rootA = 0, data = 0] = at;
    // 20 : 60 MiB between the beginnings of their names.
    assert.ok(Math.abs((data - rootA) / (rootA - boot) - 3) < 0.5, names);
    for (const line of text.split('\n')) assert.ok(line.length <= 100, line);
  });

  it('has its faults, without what a terminal would obey, and says where it is no image of the OS', () => {
    const text = renderInspection(inspection, fakeOutput('tty'));
    assert.match(text, /problems\n {2}a fault .*of the table/);
    assert.ok(!text.includes('\u001b'));
    assert.match(text, /this is not an image of the OS/);
  });
});
