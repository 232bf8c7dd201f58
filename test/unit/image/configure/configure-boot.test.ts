import assert from 'node:assert/strict';
import { configureBoot } from '../../../../src/image/configure/configure-boot.ts';
import type { HostFiles } from '../../../../src/host/host-files.ts';
import { resetSplash } from '../../../../src/host/splash/splash-files.ts';
import { memoryHostFiles } from '../../../support/memory-host-files.ts';
import { png } from '../../../support/png.ts';

const boot = '/mnt/boot/system-connections';
const { signal } = new AbortController();
const enterprise = (name: string, certificates: string): string =>
  `[connection]\nid=${name}\ntype=wifi\n\n[802-1x]\neap=tls;\nca-cert=${boot}/${certificates}-ca.pem\nprivate-key=${boot}/${certificates}-key.pem\n`;
const open = `[connection]\nid=office\ntype=wifi\n`;
const nothing = { values: [], sshKeys: [], profiles: [], splash: undefined };
const configure = async (
  there: Readonly<Record<string, string>>,
  connections: readonly (readonly [string, string])[],
): Promise<{
  readonly names: readonly string[];
  readonly report: Awaited<ReturnType<typeof configureBoot>>;
}> => {
  const files = memoryHostFiles({ '/mnt/boot/config.json': '{}', ...there });
  const configuration = {
    ...nothing,
    connections: connections.map(([name, text]) => ({ name, content: Buffer.from(text) })),
  };
  const report = await configureBoot(files, configuration, signal);
  return { names: (await files.list(boot, { signal })).map(({ name }) => name), report };
};
const office = {
  [`${boot}/office`]: enterprise('office', 'office'),
  [`${boot}/office-ca.pem`]: 'ca',
  [`${boot}/office-key.pem`]: 'key',
};

describe('a connection that a configuration replaces in an image', () => {
  it('leaves no certificate and no key of the former one, and says so', async () => {
    const { names, report } = await configure(office, [['office', open]]);
    assert.deepEqual(names, ['office']);
    assert.deepEqual(report.changes, [
      { what: 'system-connections/office', before: 'another connection', after: 'written' },
      { what: 'system-connections/office-ca.pem', before: 'of the connection before', after: 'removed' },
      { what: 'system-connections/office-key.pem', before: 'of the connection before', after: 'removed' },
    ]);
    assert.deepEqual(report.warnings, []);
  });

  it('keeps those that it still names, or that another one names, which may come with it', async () => {
    const kept = enterprise('office', 'office').replace('tls', 'peap');
    assert.deepEqual((await configure(office, [['office', kept]])).names, [
      'office',
      'office-ca.pem',
      'office-key.pem',
    ]);
    const both = await configure(office, [
      ['office', open],
      ['lab', enterprise('lab', 'office')],
    ]);
    assert.deepEqual(both.names, ['lab', 'office', 'office-ca.pem', 'office-key.pem']);
  });

  it('is no reason to remove certificates that no connection names', async () => {
    const { names, report } = await configure({ ...office, [`${boot}/own.pem`]: 'own' }, [['hall', open]]);
    assert.deepEqual(names, ['hall', 'office', 'office-ca.pem', 'office-key.pem', 'own.pem']);
    assert.deepEqual(report.warnings, ['the connection office is in the image already, and stays']);
  });
});

describe('a file of a connection that NetworkManager would not use', () => {
  const refused = (name: string, text: string, message: string): Promise<void> =>
    assert.rejects(
      configure({}, [
        ['lab', open],
        [name, text],
      ]),
      { code: 'config-invalid', message },
    );

  it('is refused where NetworkManager leaves files of its name alone', async () => {
    for (const name of ['lab.ignore', '.lab', 'lab~', 'lab.pem', 'lab.DER', 'lab.swp', 'lab.backup'])
      await refused(name, open, `NetworkManager ignores files called "${name}"`);
    const names = ['lab.conf', 'lab.nmconnection', 'lab.ignore.nmconnection'];
    const all = names.map(name => [name, open] as const);
    assert.deepEqual((await configure({}, all)).names, names.toSorted());
  });

  it('is refused by its name and with the reason', async () => {
    for (const [text, reason] of [
      ['\ufeff' + open, 'it begins with a byte order mark'],
      ['', 'it is empty'],
      ['# a comment\n', 'it is empty'],
      [`${open}\nsecret`, 'line 5 is neither a [group] nor key=value'],
    ] as const)
      await refused('cellar', text, `NetworkManager refuses the connection "cellar": ${reason}`);
  });
});

describe('a splash of a configuration', () => {
  const logo = '/mnt/boot/splash/balena-logo.png';
  const withSplash = (files: HostFiles, splash: Buffer): ReturnType<typeof configureBoot> =>
    configureBoot(files, { ...nothing, connections: [], splash }, signal);
  const there = { '/mnt/boot/config.json': '{}', [logo]: 'of the OS' };

  it('is set as by os splash set, which keeps the logo of the OS for a reset', async () => {
    const files = memoryHostFiles(there);
    const picture = png(8, 8);
    const { changes } = await withSplash(files, picture);
    assert.deepEqual(changes, [
      { what: 'splash/balena-logo.png', before: '9 bytes', after: `${picture.length.toString()} bytes` },
    ]);
    assert.deepEqual((await withSplash(files, picture)).changes, []);
    assert.ok((await files.read(logo))?.equals(picture));
    await resetSplash(files, undefined, signal);
    assert.equal((await files.read(logo))?.toString(), 'of the OS');
  });

  it('has the name that the version of the OS in the image reads', async () => {
    const files = memoryHostFiles({
      '/mnt/boot/config.json': '{}',
      '/mnt/boot/os-release': 'VERSION_ID="2.44.0"\n',
    });
    const { changes } = await withSplash(files, png(8, 8));
    assert.deepEqual(
      changes.map(({ what }) => what),
      ['splash/resin-logo.png'],
    );
  });

  it('is refused where it is no PNG, or a damaged one', async () => {
    const files = memoryHostFiles(there);
    for (const content of [Buffer.from('GIF89a'), png(8, 8).subarray(0, 40)])
      await assert.rejects(withSplash(files, content), { code: 'config-invalid' });
    assert.equal((await files.read(logo))?.toString(), 'of the OS');
  });
});
