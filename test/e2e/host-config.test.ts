import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bootDevice, runEmulator, upTimeoutMs, useDevice } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { makeKey } from '../support/openssh-server.ts';
import { root, runOs, type Ended } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

interface Document {
  readonly ok: boolean;
  readonly result: Record<string, unknown>;
  readonly error: { readonly message: string; readonly exitCode: number };
}

describe('os config', function () {
  this.timeout(upTimeoutMs);
  const use = useDevice();
  let home: Awaited<ReturnType<typeof openTempDirectory>>;
  before(async () => {
    home = await openTempDirectory();
  });
  after(() => home[Symbol.asyncDispose]());

  const environment = (): NodeJS.ProcessEnv => ({
    HOME: home.path,
    XDG_STATE_HOME: home.path,
    SSH_AUTH_SOCK: undefined,
    OS_DEVICE: undefined,
  });
  const config = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    runOs(['config', ...args], { env: { ...environment(), ...env } });
  const json = async (args: readonly string[]): Promise<Document> =>
    JSON.parse((await config([...args, '--on', use().address, '--json'])).stdout) as Document;
  const file = (): string => path.join(use().directory, 'boot', 'config.json');
  const printed = async (command: string): Promise<string> => (await use().ssh(command)).stdout.trim();

  it('get prints the file with its secrets hidden, and one value as it is', async () => {
    use().writeConfig({ ...use().readConfig(), apiKey: 'geheim' });
    const all = await config(['get', '--on', use().address]);
    assert.equal(all.code, 0);
    assert.match(all.stdout, /"apiKey": "\(hidden\)"/);
    assert.doesNotMatch(all.stdout, /geheim/);
    assert.equal(
      (await config(['get', 'apiKey', '--show-secrets', '--on', use().address])).stdout,
      'geheim\n',
    );
    assert.equal((await config(['get', 'developmentMode', '--on', use().address])).stdout, 'true\n');
    assert.equal((await json(['get', 'nothing.there'])).error.exitCode, 7);
  });

  it('set changes one value and keeps every other byte of the file', async () => {
    const text = (await readFile(file(), 'utf8')).replace('{', '{ "zz-unknown" : 1e400 ,\n\n');
    use().writeConfig(text);
    const { result } = await json(['set', 'dnsServers', '192.0.2.7']);
    assert.equal(result['isChanged'], true);
    assert.equal(
      (await readFile(file(), 'utf8')).replace(/\s*,\s*"dnsServers"\s*:\s*"192\.0\.2\.7"/, ''),
      text,
    );
    await eventually(async () =>
      assert.equal(await printed('cat /run/dnsmasq.servers'), 'nameserver 192.0.2.7'),
    );
    assert.equal((await json(['set', 'dnsServers', '192.0.2.7'])).result['isChanged'], false);
    await json(['unset', 'dnsServers']);
    assert.equal(await readFile(file(), 'utf8'), text);
  });

  it('refuses an invalid value, key or file before anything is written', async () => {
    const before = await readFile(file(), 'utf8');
    for (const [status, ...args] of [
      [7, 'set', 'hostname', 'my_device'],
      [7, 'set', 'os.sshKeys', 'no key'],
      [2, 'set', 'hostnam', 'x'],
      [2, 'set', 'hostname'],
    ] as const)
      assert.equal((await json(args)).error.exitCode, status, args.join(' '));
    assert.equal(await readFile(file(), 'utf8'), before);
    use().writeConfig('{"hostname": "a",}');
    const refused = await json(['set', 'hostname', 'b']);
    assert.equal(refused.error.exitCode, 7);
    assert.match(refused.error.message, /line 1, column 18/);
    assert.equal(await readFile(file(), 'utf8'), '{"hostname": "a",}');
    use().writeConfig(before);
  });

  it('edit opens the file as it is, and writes what was saved where it is valid', async () => {
    const before = await readFile(file(), 'utf8');
    const editor = path.join(home.path, 'editor.sh');
    await writeFile(editor, `#!/bin/sh\nsed -i '$s/}/, "mine": [1, 2]}/' "$1"\n`);
    await chmod(editor, 0o755);
    use().writeConfig(before.trimEnd());
    const edited = await config(['edit', '--on', use().address], { EDITOR: editor });
    assert.equal(edited.code, 0, edited.stderr);
    assert.deepEqual(use().readConfig()['mine'], [1, 2]);
    await writeFile(editor, '#!/bin/sh\necho "{" >"$1"\n');
    const refused = await config(['edit', '--on', use().address], { EDITOR: editor });
    assert.equal(refused.code, 7);
    assert.match(refused.stderr, /your edit is kept in /);
    assert.deepEqual(use().readConfig()['mine'], [1, 2]);
    use().writeConfig(before);
  });

  it('set hostname is over once the device is reached under its new name, with nothing left behind, and names what stays stopped', async () => {
    await printed(
      'for r in no always; do balena-engine run -d --init --restart $r --name r-$r busybox sleep 1000; done',
    );
    const { result } = await json(['set', 'hostname', 'pantry']);
    assert.equal(result['reachedAt'], 'pantry.local');
    assert.deepEqual(result['stopped'], ['r-no']);
    assert.equal(await printed("balena-engine ps --format '{{.Names}}'"), 'r-always');
    await printed('balena-engine rm -f r-no r-always');
    assert.equal(
      await printed('hostname; ls /mnt/state/os-undo /etc/NetworkManager/dispatcher.d/90-* 2>/dev/null'),
      'pantry',
    );
    assert.equal(await printed('systemctl is-active balena avahi-daemon'), 'active\nactive');
    await json(['unset', 'hostname']);
  });

  it('set os.sshKeys with a key that we do not have is undone by the device itself', async () => {
    const before = await readFile(file(), 'utf8');
    const key = makeKey(home.path, 'stranger');
    const refused = await config(
      [
        'set',
        'os.sshKeys',
        '--from-file',
        `${key}.pub`,
        '--on',
        use().address,
        '--undo-after',
        '12s',
        '--json',
      ],
      {},
    );
    const { error } = JSON.parse(refused.stdout) as Document;
    assert.equal(refused.code, 10);
    assert.match(error.message, /has undone it by itself/);
    await eventually(async () => {
      assert.equal((await use().ssh('true')).code, 0);
      assert.equal(await readFile(file(), 'utf8'), before);
      assert.equal(await printed('ls /mnt/state /etc/NetworkManager/dispatcher.d | grep undo'), '');
    });
  });

  it('is undone after a reboot too, where nobody confirmed it before', async () => {
    const before = await readFile(file(), 'utf8');
    const child = spawn(
      process.execPath,
      [
        path.join(root, 'bin/run.js'),
        'config',
        'set',
        'developmentMode',
        'false',
        '--on',
        use().address,
        '--undo-after',
        '20s',
      ],
      { env: { ...process.env, ...environment() }, stdio: 'ignore' },
    );
    const ended = new Promise(resolve => child.once('close', resolve));
    await eventually(() => assert.equal(use().readConfig()['developmentMode'], false));
    child.kill('SIGKILL');
    await ended;
    await runEmulator(['down', use().name]);
    assert.equal(use().readConfig()['developmentMode'], false);
    await bootDevice(use().name);
    await eventually(async () => {
      assert.equal(await readFile(file(), 'utf8'), before);
      assert.equal((await use().ssh('true')).code, 0);
    }, 60_000);
  });
});
