import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { makeSmallImage } from '../../support/image/small-image.ts';
import { tool } from '../../support/image/make-image.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';
import { root } from '../../support/run-program.ts';
import { lineOf, openTerminal, type TestTerminal } from '../../support/terminal.ts';

describe('os image configure without settings, at a terminal', function () {
  this.timeout(90_000);
  let temporary: Awaited<ReturnType<typeof openTempDirectory>>;
  let image: string;
  before(async () => {
    temporary = await openTempDirectory();
    image = await makeSmallImage(temporary.path);
  });
  after(() => temporary[Symbol.asyncDispose]());

  const configure = async (out: string): Promise<TestTerminal> => {
    const words = [
      process.execPath,
      path.join(root, 'bin/run.js'),
      'image',
      'configure',
      image,
      '--out',
      out,
    ];
    const env = { ...process.env, TERM: 'xterm', CI: undefined, NO_COLOR: '1' };
    return openTerminal(`${lineOf(words)}; echo status=$?`, env);
  };
  const onBoot = async (file: string, name: string): Promise<string> =>
    tool('mtype', ['-i', `${file}@@1048576`, `::/${name}`]);

  it('asks for the usual settings, shows no passphrase, and writes what was answered', async () => {
    const out = path.join(temporary.path, 'kitchen.img');
    await using terminal = await configure(out);
    await terminal.until(/Host name/);
    terminal.type('kitchen\r');
    await terminal.until(/Wi-Fi network/);
    terminal.type('Home upstairs\r');
    await terminal.until(/passphrase/);
    terminal.type('open sesame\r');
    await terminal.until(/SSH key/);
    terminal.type('\r');
    await terminal.until(/Development mode/);
    terminal.type('y\r');
    await terminal.until(/status=0/);
    assert.doesNotMatch(terminal.shown(), /open sesame/);
    const config = JSON.parse(await onBoot(out, 'config.json')) as Record<string, unknown>;
    assert.deepEqual(config, { deviceType: 'raspberrypi3', hostname: 'kitchen', developmentMode: true });
    const listed = await tool('mdir', ['-b', '-i', `${out}@@1048576`, '::/system-connections']);
    const [, connection = ''] = /::\/(system-connections\/\S+)/.exec(listed) ?? [];
    const keyfile = await onBoot(out, connection);
    assert.match(keyfile, /^ssid=Home upstairs$/m);
    assert.match(keyfile, /^psk=open sesame$/m);
  });

  it('changes nothing where every answer is empty', async () => {
    const [before, out] = [await readFile(image), path.join(temporary.path, 'same.img')];
    await using terminal = await configure(out);
    for (const question of [/Host name/, /Wi-Fi network/, /SSH key/, /Development mode/]) {
      await terminal.until(question);
      terminal.type('\r');
    }
    await terminal.until(/status=0/);
    assert.deepEqual(await readFile(out), before);
    assert.doesNotMatch(terminal.shown(), /passphrase/);
  });

  it('writes no copy when it is interrupted at a question', async () => {
    const out = path.join(temporary.path, 'interrupted.img');
    await using terminal = await configure(out);
    await terminal.until(/Host name/);
    terminal.type('kitchen\r');
    await terminal.until(/Wi-Fi network/);
    terminal.type('\x03');
    await terminal.until(/status=130/);
    await assert.rejects(readFile(out), { code: 'ENOENT' });
  });
});
