import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openDevice, runEmulator, upTimeoutMs, useDevice } from '../support/emulated-device.ts';
import type { EmulatedDevice } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { leftovers } from '../support/leftovers.ts';
import { needsMachine } from '../support/machine.ts';
import { makeKey } from '../support/openssh-server.ts';
import { startOs, type RunningOs } from '../support/pushing.ts';
import { runOs } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

async function printed(device: EmulatedDevice, command: string): Promise<string> {
  const { code, stdout, stderr } = await device.ssh(command);
  assert.equal(code, 0, `${command}: ${stderr}`);
  return stdout.trim();
}

const bootId = async (device: EmulatedDevice): Promise<string> =>
  (await printed(device, 'cat /proc/sys/kernel/random/boot_id')).replaceAll('-', '');

/** Reboots a device from the inside and waits until it answers again. */
async function reboot(device: EmulatedDevice, before = 'true'): Promise<void> {
  const former = await bootId(device);
  await device.ssh(`${before} && reboot`);
  await eventually(async () => {
    assert.notEqual(await bootId(device), former);
    if (device.ports.engine !== null) assert.equal(await device.engine('/_ping'), 'OK');
  });
}

/** The numbers of what a service says that counts. */
const linesIn = (text: string): readonly number[] =>
  [...text.matchAll(/\bline (\d+)\b/g)].map(([, number]) => Number(number));

describe('the emulated device', function () {
  this.timeout(120_000);
  const use = useDevice({ hostname: 'board' });

  it('has a root that nobody can write, and partitions that can be written', async () => {
    const device = use();
    const { code, stderr } = await device.ssh('touch /etc/x');
    assert.equal(code, 1);
    assert.match(stderr, /Read-only file system/);
    await printed(device, 'cd /mnt && touch boot/x state/x data/x && rm boot/x state/x data/x');
  });

  it('says in os-release what it is', async () => {
    const text = await printed(use(), 'cat /etc/os-release');
    assert.match(text, /^ID="resin-os"$/m);
    assert.match(text, /^VERSION="2\.0\.0\+rev2"$/m);
    assert.match(text, /^VARIANT_ID="dev"$/m);
    assert.match(text, /^SLUG="genericx86-64"$/m);
  });

  it('has its files on the boot partition', async () => {
    const device = use();
    assert.deepEqual((await printed(device, 'ls /mnt/boot')).split('\n'), [
      'config.json',
      'device-type.json',
      'os-release',
      'splash',
      'system-connections',
    ]);
    const config = JSON.parse(await printed(device, 'fatrw read /mnt/boot/config.json')) as unknown;
    assert.deepEqual(config, device.readConfig());
  });

  it('keeps its journal in 8 MB of memory', async () => {
    const device = use();
    assert.match(
      await printed(device, 'systemd-analyze cat-config systemd/journald.conf'),
      /^RuntimeMaxUse=8M$/m,
    );
    await printed(device, 'ls /run/log/journal/*/system.journal && test ! -e /var/log/journal');
  });

  it('runs the units that a board runs, and fails none', async () => {
    const device = use();
    const active = ['avahi-daemon', 'NetworkManager', 'ModemManager', 'dnsmasq', 'balena', 'sshd.socket'];
    const states = await device.ssh(`systemctl is-active ${active.join(' ')} openvpn balena-engine`);
    assert.deepEqual(states.stdout.trim().split('\n'), [...active.map(() => 'active'), 'inactive', 'active']);
    assert.equal(await printed(device, 'systemctl --failed --no-legend'), '');
    assert.match(await printed(device, 'nmcli -t -f DEVICE,STATE device'), /^eth0:connected$/m);
  });

  it('has a real engine: journald, overlay2, its names and sockets', async () => {
    const device = use();
    const info = (await device.engine('/info')) as Record<string, unknown>;
    assert.deepEqual(
      [info['LoggingDriver'], info['Driver'], info['Name'], info['OperatingSystem']],
      ['journald', 'overlay2', 'board', 'Resin OS 2.0.0+rev2'],
    );
    for (const socket of ['balena-engine.sock', 'balena.sock'])
      assert.equal(await printed(device, `curl -s --unix-socket /run/${socket} http://engine/_ping`), 'OK');
    assert.equal(await printed(device, 'balena ps -q && balena-engine ps -q'), '');
  });

  it('builds and runs containers from the preloaded image, on a network', async () => {
    const device = use();
    await printed(
      device,
      `printf 'FROM busybox:latest\\nRUN echo built > /x\\n' | balena build -q -t made - && test "$(balena run --rm made cat /x)" = built`,
    );
    const gateway = device.address.replace(/\d+$/, '1');
    await printed(device, `balena run --rm busybox ping -c 1 -W 5 ${gateway}`);
    await printed(device, 'balena run --name said busybox echo a line of it');
    await eventually(async () =>
      assert.match(await printed(device, 'journalctl CONTAINER_NAME=said -o cat'), /a line of it/),
    );
  });

  it('runs a privileged container although the host may withhold a capability', async () => {
    const device = use();
    const bounding = /CapBnd:\s*(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
    const status = await printed(device, 'balena run --rm --privileged busybox cat /proc/self/status');
    const granted = BigInt(`0x${/CapBnd:\s*(\w+)/.exec(status)?.[1] ?? '0'}`);
    assert.equal(granted & ~BigInt(`0x${bounding}`), 0n);
    // CAP_SYS_ADMIN, bit 21.
    assert.equal((granted >> 21n) & 1n, 1n);
    await printed(device, 'balena run -d --name kept --privileged busybox sleep 600');
    await printed(device, 'balena exec --privileged kept true && balena rm -f kept');
  });

  it('serves many SSH connections at once', async () => {
    const device = use();
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => device.ssh(`echo ${i.toString()}`)));
    assert.deepEqual(
      all.map(({ stdout }) => stdout.trim()),
      all.map((_, i) => i.toString()),
    );
  });

  it('comes back from a reboot with the same host keys, images and containers', async () => {
    const device = use();
    await printed(device, 'balena run -d --restart always --name survivor busybox sleep 9999');
    const keys = await printed(device, 'cat /etc/ssh/hostkeys/*.pub');
    await reboot(device);
    assert.equal(await printed(device, 'cat /etc/ssh/hostkeys/*.pub'), keys);
    await eventually(async () =>
      assert.equal(await printed(device, 'balena ps --format "{{.Names}}"'), 'survivor'),
    );
    await printed(device, 'balena rm -f survivor');
  });

  it('has new host keys and its old configuration after a reset by remove_me_to_reset', async () => {
    const device = use();
    const keys = await printed(device, 'cat /etc/ssh/hostkeys/ssh_host_ed25519_key.pub');
    const config = device.readConfig();
    await printed(device, 'echo left > /etc/NetworkManager/system-connections/x');
    await reboot(device, 'rm /mnt/state/remove_me_to_reset');
    assert.notEqual(await printed(device, 'cat /etc/ssh/hostkeys/ssh_host_ed25519_key.pub'), keys);
    assert.equal(await printed(device, 'ls /etc/NetworkManager/system-connections'), '');
    assert.equal(await printed(device, 'ls /mnt/state'), 'remove_me_to_reset\nroot-overlay');
    assert.deepEqual([device.readConfig(), await printed(device, 'hostname')], [config, 'board']);
  });

  it('is back after `os reset --state --wait`, whose new host key is trusted since it proved its UUID', async () => {
    const device = use();
    await using home = await openTempDirectory();
    const env = {
      HOME: home.path,
      XDG_STATE_HOME: home.path,
      SSH_AUTH_SOCK: undefined,
      OS_DEVICE: undefined,
    };
    const printedBySsh = async (command: string): Promise<string> => {
      const { code, stdout, stderr } = await runOs(['ssh', device.address, '--', command], { env });
      assert.equal(code, 0, stderr);
      return stdout.trim();
    };
    const key = await printedBySsh('cat /etc/ssh/hostkeys/ssh_host_ed25519_key.pub');
    await printed(device, 'echo left > /etc/NetworkManager/system-connections/x');
    const args = ['reset', device.address, '--state', '--yes', '--wait', '--json'];
    const { code, stdout, stderr } = await runOs(args, { env });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /has proved itself by its UUID; its new SSH host key is trusted\n/);
    assert.deepEqual((JSON.parse(stdout) as { result: { parts: string[] } }).result.parts, ['state']);
    assert.notEqual(await printedBySsh('cat /etc/ssh/hostkeys/ssh_host_ed25519_key.pub'), key);
    assert.equal(await printed(device, 'ls /etc/NetworkManager/system-connections'), '');
    await eventually(async () => assert.equal(await device.engine('/_ping'), 'OK'));
  });

  it('has an empty engine with the preloaded image after a reset of the data partition', async () => {
    const device = use();
    await printed(device, 'balena tag busybox gone:soon');
    await reboot(device, 'rm /mnt/data/remove_me_to_reset');
    await eventually(async () =>
      assert.equal(
        await printed(device, 'balena images --format "{{.Repository}}:{{.Tag}}"'),
        'busybox:latest',
      ),
    );
  });

  it('keeps its journal over a reboot once persistentLogging is on', async () => {
    const device = use();
    device.writeConfig({ ...device.readConfig(), persistentLogging: true });
    await reboot(device);
    const former = await bootId(device);
    await reboot(device);
    const boots = await printed(device, 'journalctl --list-boots --quiet');
    assert.ok(boots.includes(former), boots);
    assert.equal(readdirSync(path.join(device.directory, 'data/root-overlay/var/log/journal')).length, 1);
  });

  it('is rebooted without a line lost or doubled in os logs --follow, where its journal is kept', async () => {
    const device = use();
    await using project = await openTempDirectory();
    // Goes on counting where it has stopped.
    const count = `trap 'stop=1' TERM; n=$(cat /data/n || echo 0); while [ -z "$stop" ]; do
      n=$((n+1)); echo "line $n"; echo $n > /data/n; sleep 0.1 & wait $!; done`;
    await makeTree(project.path, {
      'compose.yaml': `name: counting
services:
  counter:
    image: busybox
    restart: always
    volumes: [data:/data]
    command: ["sh", "-c", ${JSON.stringify(count.replaceAll('$', '$$$$'))}]
volumes: {data: {}}
`,
    });
    const os = (...words: readonly string[]): RunningOs =>
      startOs([...words, '--source', project.path], project.path);
    const push = await os('push', device.address, '--detach').ended;
    assert.equal(push.code, 0, push.stderr);
    const following = [
      os('logs', device.address, 'counter', '--follow', '--json'),
      os('logs', device.address, '--system', '--unit', 'balena', '--follow', '--json'),
    ];
    await Promise.all(following.map(it => it.saying(/"line \d+"/)));
    await reboot(device);
    await Promise.all(following.map(it => it.saying(/"restored"[^]*"line \d+"[^]*"line \d+"/)));
    const followed: (readonly number[])[] = [];
    for (const it of following) {
      it.kill('SIGINT');
      followed.push(linesIn((await it.ended).stdout));
    }
    const kept = linesIn(await printed(device, 'journalctl -o cat CONTAINER_NAME=counting-counter-1'));
    for (const lines of followed) {
      const from = kept.indexOf(lines[0] ?? 0);
      assert.deepEqual(lines, kept.slice(from, from + lines.length));
    }
  });

  it('is switched off by `os shutdown`, which needs --yes where nobody can be asked, and leaves nothing behind', async () => {
    const device = use();
    const record = device.record();
    await using home = await openTempDirectory();
    const env = { XDG_STATE_HOME: home.path };
    const refused = await runOs(['shutdown', device.address], { env });
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /is switched off, and has to be switched on by hand/);
    assert.equal((await device.ssh('true')).code, 0);
    const { code, stdout, stderr } = await runOs(['shutdown', device.address, '--yes'], { env });
    assert.deepEqual([code, stdout], [0, `${device.address} shuts down\n`], stderr);
    await eventually(async () => assert.match((await runEmulator(['list'])).stdout, /stopped/));
    const stateHome = path.resolve(device.directory, '../../..');
    assert.deepEqual(await leftovers(record, stateHome), []);
  });
});

describe('the emulated production device', function () {
  before(function () {
    needsMachine(this);
  });
  this.timeout(upTimeoutMs);

  it('keeps its engine closed and lets root in with a key alone', async () => {
    await using directory = await openTempDirectory();
    const key = makeKey(directory.path, 'id');
    await using device = await openDevice({ variant: 'production', sshKeyFile: `${key}.pub` });
    assert.equal(device.ports.engine, null);
    for (const port of [2375, 2377])
      await assert.rejects(fetch(`http://${device.address}:${port.toString()}/_ping`));
    const refused = await device.ssh('true');
    assert.equal(refused.code, 255);
    assert.match(refused.stderr, /Permission denied \(publickey\)/);
    const release = await device.ssh('cat /etc/os-release; balena ps -q', key);
    assert.equal(release.code, 0, release.stderr);
    assert.match(release.stdout, /^VARIANT_ID="prod"$/m);
  });
});
