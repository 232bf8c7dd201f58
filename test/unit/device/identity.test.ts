import assert from 'node:assert/strict';
import { combineIdentity, type ProbedFacts } from '../../../src/device/combine-identity.ts';
import type { EngineFacts } from '../../../src/device/engine-probe.ts';
import { parseOsRelease } from '../../../src/core/os-release.ts';
import { hostFactsScript, parseHostFacts } from '../../../src/device/host-facts.ts';

const engine: EngineFacts = {
  port: 2375,
  version: '20.10.44',
  apiVersion: '1.41',
  id: 'X',
  hostname: 'h',
  osName: 'balenaOS 8.0.2',
  osVersion: '8.0.2',
  architecture: 'aarch64',
  memoryBytes: null,
  storageDriver: 'overlay2',
  rootDirectory: '/var/lib/docker',
  containers: null,
  images: null,
};
const supervisor = { port: 48484, version: '18.2.2', deviceType: 'raspberrypi4-64', arch: 'aarch64' };

const host = (files: {
  osRelease?: string;
  config?: string;
  deviceType?: string;
  supervisor?: string;
}): ProbedFacts['host'] =>
  parseHostFacts(
    `\nmark osRelease\n${files.osRelease ?? ''}\nmark config\n${files.config ?? ''}\nmark deviceType\n${files.deviceType ?? ''}\nmark supervisor\n${files.supervisor ?? ''}`,
    'mark',
  );

const identify = (facts: Partial<ProbedFacts>): ReturnType<typeof combineIdentity> =>
  combineIdentity({ engine: null, supervisor: null, host: null, isSshOpen: false, ...facts });

describe('the variant of a device', () => {
  const cases: [promise: string, facts: Partial<ProbedFacts>, variant: string | null][] = [
    [
      'is development where os-release says dev',
      { host: host({ osRelease: 'VARIANT_ID="dev"', supervisor: 'yes' }) },
      'development',
    ],
    [
      'is production where os-release says prod, whatever is open',
      { engine, host: host({ osRelease: 'VARIANT_ID="prod"' }) },
      'production',
    ],
    [
      'is development where config.json has developmentMode',
      { host: host({ config: '{"developmentMode":true}', supervisor: 'yes' }) },
      'development',
    ],
    [
      'is development where developmentMode is the text "true"',
      { host: host({ config: '{"developmentMode":"true"}', supervisor: 'yes' }) },
      'development',
    ],
    [
      'is production where developmentMode is off',
      { host: host({ config: '{"developmentMode":false}' }) },
      'production',
    ],
    [
      'is standalone where a development OS has no supervisor',
      { engine, host: host({ config: '{"developmentMode":true}' }) },
      'standalone',
    ],
    ['is development where only the engine answers', { engine }, 'development'],
    ['is production where only SSH is open', { isSshOpen: true }, 'production'],
    ['is not known where nothing answers', {}, null],
  ];
  for (const [promise, facts, variant] of cases) {
    it(promise, () => {
      assert.equal(identify(facts).variant, variant);
    });
  }
});

describe('the identity of a device', () => {
  it('takes the OS version from VERSION, as VERSION_ID was something else before 2.38', () => {
    const old = host({
      osRelease: 'VERSION="2.0.0+rev2"\nVERSION_ID="2.0.0"\nSLUG="raspberrypi3"\nMACHINE=raspberrypi3',
    });
    assert.equal(identify({ host: old }).osVersion, '2.0.0+rev2');
    assert.equal(identify({ host: old }).deviceType, 'raspberrypi3');
  });

  it('takes the type from device-type.json before all else', () => {
    const files = {
      osRelease: 'SLUG="intel-nuc"',
      config: '{"deviceType":"b"}',
      deviceType: '{"slug":"genericx86-64-ext","arch":"amd64"}',
    };
    const { deviceType, arch } = identify({ host: host(files), supervisor });
    assert.deepEqual({ deviceType, arch }, { deviceType: 'genericx86-64-ext', arch: 'amd64' });
  });

  it('is told by engine and supervisor where SSH is shut', () => {
    const { uuid, osVersion, deviceType, arch, hostname } = identify({ engine, supervisor });
    assert.deepEqual(
      { uuid, osVersion, deviceType, arch, hostname },
      { uuid: null, osVersion: '8.0.2', deviceType: 'raspberrypi4-64', arch: 'aarch64', hostname: 'h' },
    );
  });
});

describe('reading a host', () => {
  it('os-release values are read quoted and unquoted', () => {
    assert.deepEqual(
      parseOsRelease('ID="balena-os"\nMACHINE=intel\nNAME=\'a b\'\nX="a \\"b\\""\n#c\nbad line'),
      { ID: 'balena-os', MACHINE: 'intel', NAME: 'a b', X: 'a "b"' },
    );
  });

  it('nothing readable leaves everything not known', () => {
    const facts = parseHostFacts('garbage', 'mark');
    assert.deepEqual([facts.config, facts.memory, facts.storage, facts.uptimeS], [null, null, [], null]);
  });

  it('the script asks for sizes only where everything is wanted', () => {
    assert.ok(!hostFactsScript('b', 'identity').includes('df '));
    assert.ok(hostFactsScript('b', 'everything').includes('df '));
  });

  it('sizes are bytes', () => {
    const facts = parseHostFacts(
      '\nmark memory\nMemTotal:  1000 kB\nMemAvailable:  400 kB\n\nmark storage\nFilesystem 1024-blocks Used Available Capacity Mounted on\n/dev/x 100 40 60 40% /mnt/data',
      'mark',
    );
    assert.deepEqual(facts.memory, { totalBytes: 1_024_000, availableBytes: 409_600 });
    assert.deepEqual(facts.storage, [
      { mountPoint: '/mnt/data', sizeBytes: 102_400, usedBytes: 40_960, availableBytes: 61_440 },
    ]);
  });

  it('a partition that is not mounted is not told as the root again', () => {
    const row = (mount: string): string => `/dev/r 50 40 10 80% ${mount}`;
    const table = [
      'Filesystem 1024-blocks Used Available Capacity Mounted on',
      row('/'),
      row('/'),
      row('/mnt/data'),
    ];
    const { storage } = parseHostFacts(`\nmark storage\n${table.join('\n')}`, 'mark');
    assert.deepEqual(
      storage.map(({ mountPoint }) => mountPoint),
      ['/', '/mnt/data'],
    );
  });
});
