import assert from 'node:assert/strict';
import { access, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkFat, listByMtools, readByMtools } from '../support/image/fat-oracle.ts';
import { makeImage, tool, type MadeImage } from '../support/image/make-image.ts';
import { needsMachine } from '../support/machine.ts';
import { png } from '../support/png.ts';
import { runOs, type Ended } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

describe('an image named by --on', function () {
  this.timeout(60_000);
  let directory: Awaited<ReturnType<typeof openTempDirectory>>;
  let image: MadeImage;

  before(async function () {
    needsMachine(this);
    directory = await openTempDirectory();
    image = await makeImage(directory.path, { bootMiB: 8, fat: ['-F', '16', '-s', '1'], dataMiB: 4 });
  });
  after(() => directory[Symbol.asyncDispose]());

  const os = (...args: readonly string[]): Promise<Ended> =>
    runOs([...args, '--json'], { cwd: directory.path, env: { XDG_STATE_HOME: directory.path } });
  const result = async (...args: readonly string[]): Promise<Record<string, unknown>> => {
    const { code, stdout } = await os(...args, '--on', './os.img');
    assert.equal(code, 0, stdout);
    return (JSON.parse(stdout) as { result: Record<string, unknown> }).result;
  };
  const isUnharmed = async (): Promise<void> => assert.equal(await checkFat(directory.path, image), '');

  it('has its config.json read, changed and unset by the verbs that a device has', async () => {
    const set = await result('config', 'set', 'hostname', 'kitchen');
    assert.deepEqual([set['image'], set['device'], set['isChanged']], ['./os.img', null, true]);
    assert.equal((await result('config', 'get', 'hostname'))['value'], 'kitchen');
    await result('config', 'set', 'shop.table', '12', '--type', 'number');
    await result('config', 'unset', 'hostname');
    assert.deepEqual(JSON.parse((await readByMtools(image, 'config.json')).toString()), {
      deviceType: 'raspberrypi3',
      persistentLogging: false,
      shop: { table: 12 },
    });
    await isUnharmed();
  });

  it('has its config.json edited in the editor of the user', async () => {
    const editor = path.join(directory.path, 'editor');
    await writeFile(editor, '#!/bin/sh\nsed -i s/raspberrypi3/raspberrypi4/ "$1"\n', { mode: 0o755 });
    const { code, stdout } = await runOs(['config', 'edit', '--on', image.path], { env: { VISUAL: editor } });
    assert.equal(code, 0, stdout);
    assert.match((await readByMtools(image, 'config.json')).toString(), /raspberrypi4/);
  });

  it('gets and loses connections, with the certificates that they name', async () => {
    const ca = path.join(directory.path, 'ca.pem');
    await writeFile(ca, '-----BEGIN CERTIFICATE-----\n');
    const secret = path.join(directory.path, 'secret');
    await writeFile(secret, 'correct horse\n');
    const common = ['--ssid', 'Work', '--passphrase-file', secret];
    await result('network', 'add', 'office', ...common);
    await result('network', 'add', 'work', ...common, '--eap', 'peap', '--identity', 'me', '--ca', ca);
    const { connections } = await result('network', 'list');
    assert.deepEqual(
      (connections as { name: string; isIgnored: boolean }[]).map(it => [it.name, it.isIgnored]),
      [
        ['balena-sample.ignore', true],
        ['office', false],
        ['work', false],
      ],
    );
    assert.deepEqual(await readByMtools(image, 'system-connections/work-ca.pem'), await readFile(ca));
    assert.match((await readByMtools(image, 'system-connections/office')).toString(), /psk=correct horse/);
    assert.doesNotMatch(String((await result('network', 'show', 'office'))['text']), /correct horse/);
    const again = await os('network', 'add', 'office', ...common, '--on', './os.img');
    assert.equal(again.code, 2);
    assert.match(again.stdout, /--replace/);
    await result('network', 'remove', 'office');
    assert.ok(!(await listByMtools(image)).includes('system-connections/office'));
    await result('network', 'remove', 'work');
    assert.ok(!(await listByMtools(image)).some(name => name.startsWith('system-connections/work')));
    await isUnharmed();
  });

  it('gets a splash, and its own back', async () => {
    const picture = path.join(directory.path, 'logo.png');
    await writeFile(picture, png(8, 8));
    await result('splash', 'set', picture);
    assert.deepEqual(await readByMtools(image, 'splash/balena-logo.png'), await readFile(picture));
    assert.equal((await result('splash', 'show'))['isReplaced'], true);
    await result('splash', 'reset');
    assert.equal((await readByMtools(image, 'splash/balena-logo.png')).toString(), 'PNG');
    assert.ok(!(await listByMtools(image)).some(name => name.includes('os-original')));
    await isUnharmed();
  });

  it('gets a proxy, and loses it', async () => {
    const set = await result('network', 'proxy', 'http-connect://proxy.example:8080');
    assert.deepEqual((set['proxy'] as { host: string }).host, 'proxy.example');
    const text = (await readByMtools(image, 'system-proxy/redsocks.conf')).toString();
    assert.match(text, /type = http-connect;\n {2}ip = proxy\.example;\n {2}port = 8080;/);
    assert.equal((await result('network', 'proxy', '--remove'))['proxy'], null);
    await isUnharmed();
  });

  it('is read compressed, and is not changed then', async () => {
    await tool('xz', ['-k', '-0', image.path]);
    const value = await os('config', 'get', 'deviceType', '--on', './os.img.xz');
    assert.match(value.stdout, /raspberrypi4/);
    const refused = await os('config', 'set', 'hostname', 'hall', '--on', './os.img.xz');
    assert.equal(refused.code, 2);
    assert.match(refused.stdout, /os image configure \.\/os\.img\.xz --out FILE/);
  });

  it('stays as it was, byte for byte, where a change is refused', async () => {
    const before = await readFile(image.path);
    const bad = await os('config', 'set', 'hostname', 'bad_name', '--on', './os.img');
    assert.equal(bad.code, 7);
    const large = path.join(directory.path, 'large.png');
    // What follows the end of a PNG is passed over.
    await writeFile(large, Buffer.concat([png(2, 2), Buffer.alloc(9_000_000)]));
    assert.equal((await os('splash', 'set', large, '--on', './os.img')).code, 9);
    assert.ok((await readFile(image.path)).equals(before));
    await assert.rejects(access(`${image.path}.os-lock`));
  });

  it('is never mistaken for a device: a word that could be both is refused with both spellings', async () => {
    const { code, stdout } = await os('config', 'get', '--on', 'os.img');
    assert.equal(code, 2);
    assert.match(stdout, /image:os\.img/);
  });
});
