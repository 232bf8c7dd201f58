import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readConfiguration } from '../../../../../src/cli/verbs/image/read-configuration.ts';
import { configureBoot } from '../../../../../src/image/configure/configure-boot.ts';
import { memoryHostFiles } from '../../../../support/memory-host-files.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';

describe('a config.json that an image is configured with', () => {
  let temporary: Awaited<ReturnType<typeof openTempDirectory>>;
  let file: string;
  const { signal } = new AbortController();
  beforeEach(async () => {
    temporary = await openTempDirectory();
    file = path.join(temporary.path, 'given.json');
  });
  afterEach(() => temporary[Symbol.asyncDispose]());

  it('sets its values, keeps what the image has beside them, and yields to the other settings', async () => {
    await writeFile(
      file,
      JSON.stringify({
        hostname: 'given',
        applicationId: 123,
        deviceApiKey: 'abc',
        os: { fan: { profile: 'quiet' }, empty: {} },
      }),
    );
    const files = memoryHostFiles({
      '/mnt/boot/config.json': '{"deviceType":"raspberrypi3","os":{"udevRules":{"1":"x"},"fan":{"speed":3}}}',
    });
    const configuration = await readConfiguration({
      config: file,
      hostname: 'kitchen',
      set: ['ntpServers=pool.example.org'],
    });
    const { changes, warnings } = await configureBoot(files, configuration, signal);
    const written = await files.read('/mnt/boot/config.json');
    assert.deepEqual(JSON.parse(written?.toString() ?? ''), {
      deviceType: 'raspberrypi3',
      os: { udevRules: { 1: 'x' }, fan: { speed: 3, profile: 'quiet' }, empty: {} },
      hostname: 'kitchen',
      applicationId: 123,
      deviceApiKey: 'abc',
      ntpServers: 'pool.example.org',
    });
    assert.deepEqual(
      changes.map(({ what, after }) => [what, after]),
      [
        ['config.json hostname', 'kitchen'],
        ['config.json applicationId', 123],
        ['config.json deviceApiKey', '(hidden)'],
        ['config.json os.fan.profile', 'quiet'],
        ['config.json os.empty', {}],
        ['config.json ntpServers', 'pool.example.org'],
      ],
    );
    assert.deepEqual(warnings, []);
  });

  it('keeps its own SSH keys, and gets those of --ssh-key', async () => {
    const key = (name: string): string =>
      `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGX8bgEd+SM8e1M9EUj8hgp+Ldq3urism2VxsZspxq5b ${name}`;
    await writeFile(file, JSON.stringify({ os: { sshKeys: [key('given')] } }));
    const files = memoryHostFiles({ '/mnt/boot/config.json': '{}' });
    const configuration = await readConfiguration({ config: file, sshKeys: [key('added')] });
    await configureBoot(files, configuration, signal);
    const written = await files.read('/mnt/boot/config.json');
    assert.deepEqual(JSON.parse(written?.toString() ?? ''), {
      os: { sshKeys: [key('given'), key('added')] },
    });
  });

  it('is warned of where it binds the device to a cloud, or names a Wi-Fi where the OS does not read it', async () => {
    await writeFile(file, JSON.stringify({ apiEndpoint: 'https://api.example.org', wifiSsid: 'Home' }));
    const files = memoryHostFiles({ '/mnt/boot/config.json': '{}' });
    const { warnings } = await configureBoot(files, await readConfiguration({ config: file }), signal);
    assert.deepEqual(
      warnings.map(warning => /apiEndpoint|--wifi/.exec(warning)?.[0]),
      ['--wifi', 'apiEndpoint'],
    );
  });

  it('is refused, with nothing written, for a value that the OS does not accept', async () => {
    await writeFile(file, '{"hostname": "not a name"}');
    const files = memoryHostFiles({ '/mnt/boot/config.json': '{}' });
    const configuration = await readConfiguration({ config: file });
    await assert.rejects(configureBoot(files, configuration, signal), { code: 'config-invalid' });
    assert.equal((await files.read('/mnt/boot/config.json'))?.toString(), '{}');
  });

  it('is refused by its name where it is no JSON object', async () => {
    await writeFile(file, '{"a": 1,\n "b" 2}');
    await assert.rejects(readConfiguration({ config: file }), {
      code: 'usage',
      message: /given\.json is not valid JSON: line 2, column 6/,
    });
    for (const text of ['[]', 'null', '"x"']) {
      await writeFile(file, text);
      await assert.rejects(readConfiguration({ config: file }), { message: `${file} is not a JSON object` });
    }
    await assert.rejects(readConfiguration({ config: `${file}.gone` }), {
      code: 'usage',
      message: /^cannot read the configuration .*gone: no such file/,
    });
  });
});
