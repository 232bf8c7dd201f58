import assert from 'node:assert/strict';
import { hostFactsScript, parseHostFacts } from '../../../src/device/host-facts.ts';
import { compositionRows } from '../../../src/ui/os-composition.ts';

const sections = {
  osRelease: `NAME="balenaOS"
MACHINE="raspberrypi3"
META_BALENA_VERSION="2.44.0"
META_BALENA_REV="7fed82f"
BALENA_BOARD_REV="ba218f3"
`,
  layers:
    'meta-balena       = HEAD:7fed82f0c1\npoky              = warrior:38d5c8ea98\nresin-image-20260101\n',
  fingerprint: '5124\n',
};

const printed = (given: Readonly<Record<string, string>>): string =>
  Object.entries(given)
    .map(([name, text]) => `\n== ${name}\n${text}`)
    .join('');

describe('the composition of a device', () => {
  it('is that of its files: the Yocto release, revisions, layers and the fingerprint', () => {
    const { composition } = parseHostFacts(printed(sections), '==');
    assert.deepEqual(composition, {
      codename: 'warrior',
      metaVersion: '2.44.0',
      metaRevision: '7fed82f',
      boardRevision: 'ba218f3',
      layers: [
        { name: 'meta-balena', branch: 'HEAD', revision: '7fed82f0c1' },
        { name: 'poky', branch: 'warrior', revision: '38d5c8ea98' },
      ],
      fingerprintFiles: 5124,
    });
    assert.deepEqual(compositionRows(composition), [
      ['Yocto', 'warrior'],
      ['meta layer', '2.44.0 7fed82f'],
      ['board revision', 'ba218f3'],
      ['layers', 'meta-balena HEAD:7fed82f0c1, poky warrior:38d5c8ea98'],
      ['fingerprint', '5124 files'],
    ]);
    assert.match(hostFactsScript('==', 'everything'), /image-version-info.*\.fingerprint/s);
  });

  it('has nothing of what the device does not say', () => {
    const rows = compositionRows(parseHostFacts(printed({ osRelease: 'NAME=x\n' }), '==').composition);
    assert.deepEqual(
      rows.filter(([, value]) => value !== undefined && value !== ''),
      [],
    );
  });
});
