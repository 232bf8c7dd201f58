import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openDevice, upTimeoutMs, type EmulatedDevice } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { openLiveProject, quietProject } from '../support/live-project.ts';
import { needsMachine } from '../support/machine.ts';
import { eventsOf, startOs } from '../support/pushing.ts';
import { root, type Ended } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

const hello = path.join(root, 'examples/hello');

/** Says that it counts, five times a second. */
const counting = `name: counting
services:
  main:
    image: busybox
    init: true
    command: ["sh", "-c", "i=0; while true; do i=$$((i+1)); echo count $$i; sleep 0.2; done"]
`;

describe('the engine of a production device, over SSH', function () {
  this.timeout(upTimeoutMs);
  let home: Awaited<ReturnType<typeof openTempDirectory>>;
  let key: string;
  let device: EmulatedDevice;
  before(async function () {
    needsMachine(this);
    home = await openTempDirectory();
    key = path.join(home.path, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    device = await openDevice({ variant: 'production', sshKeyFile: `${key}.pub` });
    // A device is up when its SSH answers, which is before its engine has the image.
    await eventually(() => onDevice('docker image inspect busybox'));
  });
  after(async () => {
    await device[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
  });

  const onDevice = async (...lines: string[]): Promise<string> => {
    const { code, stdout, stderr } = await device.ssh(['set -e', ...lines].join('\n'), key);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const push = (...flags: string[]): Promise<Ended> => pushTo(device.address, ...flags);
  const pushTo = (named: string, ...flags: string[]): Promise<Ended> =>
    startOs(['push', named, '--source', hello, '--detach', '--json', ...flags], home.path).ended;
  const overSsh = (): string[] => ['--via', 'ssh', '--identity', key];
  const outcomeOver = async (...flags: string[]): Promise<string> => {
    const ended = await push(...overSsh(), ...flags);
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    const last = eventsOf(ended).at(-1);
    return last?.type === 'done' ? last.outcome : '';
  };
  /** Removes what was pushed, so that the next push builds, creates and starts over. */
  const forget = (): Promise<string> =>
    onDevice('docker ps --all --quiet | xargs -r docker rm --force', 'docker rmi --force hello-main');

  /** Cuts every SSH connection to the device, which takes no new ones for a while. */
  const cut = (): Promise<string> =>
    onDevice(
      "systemd-run sh -c 'sleep 0.5; systemctl stop sshd.socket; kill $(pgrep -f ^sshd.*root); sleep 2; systemctl start sshd.socket'",
    );

  it('builds and runs with a key', async () => {
    assert.equal(await outcomeOver(), 'updated');
    assert.match(await (await fetch(`http://${device.address}/`)).text(), /Hello from a container/);
    // The port behind a name is the engine's.
    const named = await pushTo(`${device.address}:2375`, ...overSsh());
    assert.equal(eventsOf(named).at(-1)?.type, 'done', named.stdout + named.stderr);
    assert.equal(await outcomeOver(), 'up-to-date');
    const refused = await push();
    assert.equal(refused.code, 3);
    assert.match(refused.stdout, /try --via ssh/);
  });

  it('brings an edit that is made while the SSH connection is lost, once it is opened again', async () => {
    await using project = await openLiveProject(device, quietProject, { args: overSsh() });
    const { session, at } = project;
    await cut();
    assert.equal((await session.next('connection')).state, 'lost');
    const from = session.events.length;
    await writeFile(at('app/a.txt'), 'two\n');
    await session.next('synced', from);
    const main = '$(docker ps --quiet --filter name=^live-)';
    assert.equal(await onDevice(`docker exec ${main} cat /app/a.txt`), 'two\n');
    assert.equal(await session.interrupt(), 130);
  });

  it('follows logs without a gap or a duplicate although the SSH connection is lost', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, { 'compose.yaml': counting });
    const at = [device.address, '--source', project.path, ...overSsh()];
    const pushed = await startOs(['push', ...at, '--detach'], home.path).ended;
    assert.equal(pushed.code, 0, pushed.stderr);
    const following = startOs(['logs', ...at, '--follow', '--json'], home.path);
    await following.saying(/"count 5"/);
    await cut();
    await following.saying(/"restored"[^]*"count/);
    following.kill('SIGINT');
    const { code, stdout } = await following.ended;
    assert.equal(code, 130);
    const counts = [...stdout.matchAll(/"count (\d+)"/g)].map(([, count]) => Number(count));
    assert.deepEqual(
      counts,
      Array.from(counts, (_, i) => i + 1),
    );
  });

  it('builds a context of 24 MB while the SSH server exchanges keys again after every megabyte', async () => {
    const config = '/etc/ssh/sshd_config_readonly';
    await onDevice(
      `(echo RekeyLimit 1M; cat ${config}) > /tmp/rekeying`,
      `mount --bind /tmp/rekeying ${config}`,
    );
    await using project = await openTempDirectory();
    await writeFile(path.join(project.path, 'data'), randomBytes(24_000_000));
    await makeTree(project.path, {
      Dockerfile: 'FROM busybox\nCOPY data /payload\nCMD ["sleep", "1000"]\n',
    });
    const pushing = startOs(
      ['push', device.address, '--source', project.path, '--detach', ...overSsh()],
      home.path,
    );
    const { code, stdout, stderr } = await pushing.ended;
    assert.equal(code, 0, stdout + stderr);
    const [sum] = execFileSync('sha256sum', [path.join(project.path, 'data')], { encoding: 'utf8' }).split(
      ' ',
    );
    const there = await onDevice('docker exec $(docker ps --quiet --latest) sha256sum /payload');
    assert.equal(there.split(' ')[0], sum);
    await onDevice(`umount ${config}`);
  });

  it('goes through a program of the host where the SSH server forwards nothing, and says when there is none', async () => {
    const config = '/etc/ssh/sshd_config_readonly';
    await onDevice(
      `(printf 'AllowStreamLocalForwarding no\\nAllowTcpForwarding no\\n'; cat ${config}) > /tmp/strict`,
      `mount --bind /tmp/strict ${config}`,
    );
    await forget();
    assert.equal(await outcomeOver(), 'updated');
    assert.match(await (await fetch(`http://${device.address}/`)).text(), /Hello from a container/);
    // An engine whose client knows no such command, as before 18.09.
    await onDevice('mount --bind /bin/true /usr/bin/docker');
    const ended = await push(...overSsh());
    assert.equal(ended.code, 3, ended.stdout + ended.stderr);
    assert.match(
      ended.stdout,
      /has an engine at \/run\/balena-engine.sock, but its SSH server leads to no sockets, and nothing else there does/,
    );
    await onDevice('umount /usr/bin/docker', `umount ${config}`);
  });

  it('goes through the port of the engine where the SSH server is a dropbear, as in old releases', async () => {
    await forget();
    const directory = path.join(device.directory, 'data/dropbear');
    mkdirSync(directory);
    const libraries = execFileSync('ldd', ['/usr/sbin/dropbear'], { encoding: 'utf8' });
    const files = [...libraries.matchAll(/=> (\S+)/g)].map(([, file = '']) => file);
    for (const file of ['/usr/sbin/dropbear', ...files])
      copyFileSync(file, path.join(directory, path.basename(file)));
    execFileSync('dropbearkey', ['-t', 'ed25519', '-f', path.join(directory, 'key')], { stdio: 'ignore' });
    await onDevice(
      // As on a development device, with a client of that time.
      'systemctl stop balena; touch /var/volatile/development-features; systemctl start balena-engine-tcp.socket balena',
      'mount --bind /bin/true /usr/bin/docker',
      "systemd-run --unit=old-ssh sh -c 'systemctl stop sshd.socket; cd /mnt/data/dropbear; LD_LIBRARY_PATH=. exec ./dropbear -F -B -r key -p 22222'",
    );
    await using fresh = await openTempDirectory();
    await eventually(() => fetch(`http://${device.address}:22222`).catch(() => undefined));
    const ended = await startOs(
      ['push', device.address, '--source', hello, '--detach', '--via', 'ssh'],
      fresh.path,
    ).ended;
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    assert.match(await (await fetch(`http://${device.address}/`)).text(), /Hello from a container/);
  });
});
