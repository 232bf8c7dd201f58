import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { KnownDevice } from '../../src/device/known-devices.ts';
import type { DeviceInfo } from '../../src/device/info.ts';
import type { FullInfo } from '../../src/reach/info/read-info.ts';
import type { ScannedDevice } from '../../src/discovery/scan/scanned-device.ts';
import { openDevice, resultOf, upTimeoutMs, useDevice } from '../support/emulated-device.ts';
import { root, runOs, type Ended } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { lineOf, openTerminal } from '../support/terminal.ts';

const uuid = 'abcd1111c0ffee4bad8badc0de123456';

/** Runs `os` as a user who has met no device yet, or, with the same `home`, the ones met in it. */
function runAs(home: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return runOs(args, {
    cwd: home,
    env: { HOME: home, XDG_STATE_HOME: home, SSH_AUTH_SOCK: undefined, OS_DEVICE: undefined, ...env },
  });
}

async function runAsStranger(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  await using home = await openTempDirectory();
  return await runAs(home.path, args, env);
}

/** The exit status with and without --json, which must be the same, and what was said on stderr. */
async function refusalOf(args: readonly string[]): Promise<{ status: number; said: string }> {
  const plain = await runAsStranger(args);
  const end = args.indexOf('--');
  const json = await runAsStranger(args.toSpliced(end === -1 ? args.length : end, 0, '--json'));
  const document = JSON.parse(json.stdout) as { ok: boolean; error: { exitCode: number } };
  assert.deepEqual([document.ok, document.error.exitCode, json.code], [false, plain.code, plain.code]);
  return { status: plain.code ?? -1, said: plain.stderr };
}

describe('a development device', function () {
  this.timeout(upTimeoutMs);
  const device = useDevice({ hostname: 'kitchen-board', uuid });

  it('is found by os scan with what it is', async () => {
    const { devices } = resultOf(await runAsStranger(['scan', '--json'])) as { devices: ScannedDevice[] };
    const found = devices.find(one => one.addresses.includes(device().address));
    assert.equal(found?.name, 'kitchen-board', 'under the name that avahi makes of its host name');
    assert.equal(found.state, 'probed');
    assert.ok(found.identity?.engine);
    const { engine, ...identity } = found.identity;
    assert.deepEqual(identity, {
      uuid,
      hostname: 'kitchen-board',
      variant: 'development',
      osVersion: '2.0.0+rev2',
      osName: 'Resin OS 2.0.0+rev2',
      deviceType: device().deviceType,
      arch: identity.arch,
      supervisor: null,
      silentSupervisor: { version: null, mode: 'down', isModeSure: true },
      isSshOpen: true,
    });
    assert.equal(engine.port, 2377);
    assert.match(engine.version ?? '', /^\d+\.\d+/);
  });

  it('answers to its address, its host name, its UUID and the start of it', async () => {
    const names = [device().address, 'kitchen-board.local', 'Kitchen-Board', uuid, 'abcd1111'];
    for (const name of [...names, `${device().address}:22222`]) {
      const { code, stdout, stderr } = await runAsStranger([
        'ssh',
        name,
        '--',
        'cat',
        '/proc/sys/kernel/hostname',
      ]);
      assert.deepEqual([name, code, stdout], [name, 0, 'kitchen-board\n'], stderr);
    }
  });

  it('that a scan has met is reached by its name', async () => {
    await using home = await openTempDirectory();
    resultOf(await runAs(home.path, ['scan', '--json']));
    const { code, stderr } = await runAs(home.path, ['ssh', 'kitchen-board', '--', 'true']);
    assert.equal(code, 0, stderr);
  });

  it('is the one that $OS_DEVICE or os.yml names, the first before the second', async () => {
    await using home = await openTempDirectory();
    await writeFile(path.join(home.path, 'os.yml'), 'device: kitchen-board\n');
    const hostname = ['ssh', '--', 'cat /proc/sys/kernel/hostname'];
    assert.equal((await runAs(home.path, hostname)).stdout, 'kitchen-board\n');
    const { code, stderr } = await runAs(home.path, hostname, { OS_DEVICE: 'nosuch' });
    assert.equal(code, 3);
    assert.match(stderr, /no device named nosuch answers/);
    const deeper = path.join(home.path, 'a', 'b');
    await mkdir(deeper, { recursive: true });
    await writeFile(path.join(home.path, 'a', 'os.yml'), 'device: [1\n');
    const broken = await runOs(hostname, {
      cwd: deeper,
      env: { XDG_STATE_HOME: home.path, OS_DEVICE: undefined },
    });
    assert.equal(broken.code, 7);
    assert.match(broken.stderr, /os\.yml:\d+: /);
  });

  it('that is known is reached while mDNS is silent, and under its UUID', async () => {
    await using home = await openTempDirectory();
    await using another = await openTempDirectory();
    resultOf(await runAs(home.path, ['info', 'kitchen-board', '--json']));
    resultOf(await runAs(another.path, ['ps', 'kitchen-board', '--json']));
    await device().ssh('systemctl stop avahi-daemon.socket avahi-daemon.service');
    try {
      for (const name of ['kitchen-board', 'abcd']) {
        const { code, stderr } = await runAs(home.path, ['ssh', name, '--', 'true']);
        assert.equal(code, 0, stderr);
      }
      const ofEngine = await runAs(another.path, ['ps', 'kitchen-board']);
      assert.equal(ofEngine.code, 0, 'met by its engine alone, which is the same still');
      assert.equal((await runAsStranger(['ssh', 'kitchen-board', '--', 'true'])).code, 3);
    } finally {
      await device().ssh('systemctl start avahi-daemon.socket avahi-daemon.service');
    }
  });

  it('that moved to another address is found there, and its new address is remembered', async () => {
    await using home = await openTempDirectory();
    const devices = path.join(home.path, 'os-cli', 'devices');
    resultOf(await runAs(home.path, ['info', 'kitchen-board', '--json']));
    const [file = ''] = await readdir(devices);
    const remembered = path.join(devices, file);
    const read = async (): Promise<KnownDevice> =>
      JSON.parse(await readFile(remembered, 'utf8')) as KnownDevice;
    const nobody = device().address.replace(/\d+$/, '250');
    await writeFile(remembered, JSON.stringify({ ...(await read()), addresses: [nobody] }));
    const { code, stderr } = await runAs(home.path, ['ssh', 'kitchen-board', '--', 'true']);
    assert.equal(code, 0, stderr);
    const { addresses, uuid: rememberedUuid } = await read();
    assert.equal(rememberedUuid, uuid);
    assert.ok(addresses.length > 0 && !addresses.includes(nobody), addresses.join());
  });

  it('is not mistaken for another one that has its remembered address now, by ssh, info or push', async () => {
    await using home = await openTempDirectory();
    await using other = await openDevice();
    const devices = path.join(home.path, 'os-cli', 'devices');
    resultOf(await runAs(home.path, ['scan', '--json']));
    const remembered = path.join(devices, `uuid-${uuid}.json`);
    const known = JSON.parse(await readFile(remembered, 'utf8')) as KnownDevice;
    await writeFile(remembered, JSON.stringify({ ...known, addresses: [other.address] }));
    const hostname = await runAs(home.path, ['ssh', 'kitchen-board', '--', 'hostname']);
    assert.equal(hostname.stdout, 'kitchen-board\n', hostname.stderr);
    for (const named of ['kitchen-board', uuid]) {
      await writeFile(remembered, JSON.stringify({ ...known, addresses: [other.address] }));
      const info = resultOf(await runAs(home.path, ['info', named, '--json'])) as DeviceInfo;
      assert.equal(info.identity.uuid, uuid);
    }
    await writeFile(remembered, JSON.stringify({ ...known, addresses: [other.address] }));
    const plan = await runAs(home.path, [
      'push',
      'kitchen-board',
      '--detach',
      '--source',
      path.join(root, 'examples/hello'),
    ]);
    assert.equal(plan.code, 0, plan.stderr);
    assert.ok(!plan.stdout.includes(other.address), plan.stdout);
  });

  it('tells everything in os info, to people and to scripts', async () => {
    const info = resultOf(await runAsStranger(['info', uuid, '--json'])) as FullInfo;
    assert.equal(info.identity.uuid, uuid);
    // The emulated device has the supervisor's unit, and nothing that it could start.
    assert.deepEqual(info.supervisorMode, { mode: 'down', unknown: [] });
    assert.ok(info.memory !== null && info.memory.totalBytes > 0);
    assert.deepEqual(
      info.storage?.map(({ mountPoint }) => mountPoint),
      ['/', '/mnt/boot', '/mnt/state', '/mnt/data'],
    );
    assert.deepEqual(
      info.components
        ?.map(({ name }) => name)
        .filter(name => ['systemd', 'NetworkManager', 'OpenSSH'].includes(name)),
      ['systemd', 'NetworkManager', 'OpenSSH'],
    );
    assert.deepEqual(info.configuration, {
      hostname: 'kitchen-board',
      developmentMode: true,
      persistentLogging: false,
      isManaged: false,
    });
    const { code, stdout } = await runAsStranger(['info', 'kitchen-board']);
    assert.equal(code, 0);
    assert.match(stdout, /variant {2,}development\n/);
    assert.match(stdout, /release {2,}Resin OS 2\.0\.0\+rev2\n/);
  });

  it('whose engine listens elsewhere is asked there', async () => {
    const elsewhere = resultOf(
      await runAsStranger(['info', `${device().address}:9999`, '--json']),
    ) as DeviceInfo;
    assert.equal(elsewhere.identity.engine, null);
  });

  it('that has another host key than before is refused with what to do, and let in after --forget', async () => {
    await using home = await openTempDirectory();
    const reach = (): Promise<Ended> => runAs(home.path, ['ssh', 'kitchen-board', '--', 'true']);
    assert.equal((await reach()).code, 0);
    await device().ssh('rm /etc/ssh/hostkeys/*; systemctl restart sshdgenkeys.service');
    const { code, stderr } = await reach();
    assert.equal(code, 4);
    assert.match(stderr, /another SSH host key.*\n.*reset or flashed/);
    assert.match(stderr, /os ssh --forget/);
    assert.equal((await runAs(home.path, ['ssh', '--forget', 'kitchen-board'])).code, 0);
    assert.equal((await reach()).code, 0);
  });
});

describe('a device that is named badly', function () {
  this.timeout(upTimeoutMs);
  const first = useDevice({ uuid: 'beef1111c0ffee4bad8badc0de123456' });
  const second = useDevice({ uuid: 'beef2222c0ffee4bad8badc0de123456' });

  it('by the start of two UUIDs is refused with both names', async () => {
    const { status, said } = await refusalOf(['ssh', 'beef', '--', 'true']);
    assert.equal(status, 2);
    assert.match(said, /beef is the start of 2 devices: .*beef1111.*beef2222|beef2222.*beef1111/);
  });

  it('or not at all, with several on the network and nobody to ask, is refused with their names', async () => {
    const { status, said } = await refusalOf(['info']);
    assert.equal(status, 2);
    assert.match(said, /several devices answer: /);
    assert.ok(said.includes('beef111') && said.includes('beef222'), said);
  });

  it('or not at all is picked from a list by a person at a terminal, who may give up', async () => {
    await using home = await openTempDirectory();
    const env = { PATH: process.env['PATH'], TERM: 'xterm', HOME: home.path, XDG_STATE_HOME: home.path };
    const line = `${lineOf([process.execPath, path.join(root, 'bin/run.js'), 'info'])}; echo status=$?`;
    await using picking = await openTerminal(line, env);
    await picking.until(/Which device\?[^]*beef111/);
    picking.type('\r');
    await picking.until(/uuid +[0-9a-f]{32}\r\n[^]*status=0/);
    await using givingUp = await openTerminal(line, env);
    await givingUp.until(/Which device\?[^]*beef111/);
    givingUp.type('\x03');
    await givingUp.until(/status=130/);
  });

  it('by a name that nobody has is not found', async () => {
    const { status, said } = await refusalOf(['info', 'nosuch']);
    assert.deepEqual(
      [status, said.split('\n')[0]],
      [3, 'os: no device named nosuch answers on this network'],
    );
  });

  it('by an address where nobody is fails with what each port said', async () => {
    const nobody = first().address.replace(/\d+$/, '250');
    const { status, said } = await refusalOf(['info', nobody]);
    assert.equal(status, 3);
    assert.match(said, new RegExp(`cannot reach ${nobody}: 22222 [a-z ]+, 2377 [a-z ]+, 2375 [a-z ]+\n`));
  });

  it('or with a word that is no name is a usage error', async () => {
    assert.equal((await refusalOf(['info', '$(reboot)'])).status, 2);
    assert.equal((await refusalOf(['ssh', `${second().address}:99999`, '--', 'true'])).status, 2);
  });
});

describe('a production device', function () {
  this.timeout(upTimeoutMs);

  it('lets in only who has its key, and says so to others', async () => {
    await using home = await openTempDirectory();
    const key = path.join(home.path, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    await using device = await openDevice({ variant: 'production', sshKeyFile: `${key}.pub` });
    const refused = await refusalOf(['ssh', device.address, '--', 'true']);
    assert.equal(refused.status, 4);
    assert.match(refused.said, /os\.sshKeys/);
    assert.equal((await refusalOf(['info', device.address])).status, 4);
    const { code, stdout } = await runAsStranger(['ssh', device.address, '-i', key, '--', 'id -u']);
    assert.deepEqual([code, stdout], [0, '0\n']);
    const { devices } = resultOf(await runAsStranger(['scan', '--json'])) as { devices: ScannedDevice[] };
    const found = devices.find(one => one.addresses.includes(device.address));
    assert.deepEqual([found?.identity?.variant, found?.identity?.engine], ['production', null]);
  });
});
