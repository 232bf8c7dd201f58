import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rawA, rawDevice, rawName, rawResponse, type RawRecord } from '../support/dns-message.ts';
import type { Lab, Namespace } from '../support/namespaces.ts';
import { openLab, whyNoLab } from '../support/namespaces.ts';
import type { Finished, Running } from '../support/run.ts';
import { root } from '../support/run-program.ts';
import { scanDevices, startSupport } from '../support/scanning.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

const own = '172.17.0.1';
const there = '10.77.0.86';

interface Stage {
  laptop: Namespace;
  /** A program of the laptop's user, which listens on the ports of a device at the laptop's own address. */
  bystander: Running;
  os: (home: string, ...args: string[]) => Promise<Finished>;
}

/**
 * A laptop with an engine of its own, whose bridge has no carrier, and a device that names the address of its own bridge
 * too, which is the laptop's here. `told` are the addresses that the device names.
 */
async function openStage(lab: Lab, told: readonly string[]): Promise<Stage> {
  const [laptop, device] = await Promise.all([0, 1].map(() => lab.namespace({ hasIpv6: false })));
  assert.ok(laptop && device);
  const link = await lab.link();
  await link.attach(laptop, 'eth0', '10.77.0.1/24');
  await link.attach(device, 'eth0', `${there}/24`);
  await laptop.run('ip', 'link', 'add', 'docker0', 'type', 'bridge');
  await laptop.run('ip', 'addr', 'add', `${own}/16`, 'dev', 'docker0');
  await laptop.run('ip', 'link', 'set', 'docker0', 'up');
  const host = rawName('mydevice', 'local');
  const addresses = told.map((address): RawRecord => ({ name: host, type: 'A', data: rawA(address) }));
  const [pointer, service] = rawDevice('mydevice', 'mydevice', there);
  assert.ok(pointer && service);
  const packets = {
    PTR: [rawResponse([pointer, service, ...addresses])],
    A: [rawResponse(addresses)],
  };
  const replies = Object.fromEntries(
    Object.entries(packets).map(([type, of]) => [type, of.map(packet => packet.toString('base64'))]),
  );
  const input = JSON.stringify({ address: there, replies });
  await lab.keep(startSupport(device, 'raw-responder.ts', [], { input })).waitFor(/ready/);
  await lab.keep(startSupport(device, 'serve-device.ts', [there, 'engine'])).waitFor(/ready/);
  const bystander = lab.keep(startSupport(laptop, 'serve-device.ts', [own]));
  await bystander.waitFor(/ready/);
  const os = async (home: string, ...args: string[]): Promise<Finished> => {
    const environment = ['env', '-u', 'SSH_AUTH_SOCK', `HOME=${home}`, `XDG_STATE_HOME=${home}`];
    const words = [process.execPath, path.join(root, 'bin/run.js')];
    await using running = laptop.start([...environment, ...words, ...args]);
    return await running.finished;
  };
  return { laptop, bystander, os };
}

/** What `bystander` has noticed by the time it ends. */
async function noticed(bystander: Running): Promise<string> {
  bystander.kill('SIGTERM');
  return (await bystander.finished).stdout;
}

/** A home in which `mydevice` is remembered at `address`. */
async function remember(home: string, address: string): Promise<void> {
  const directory = path.join(home, 'os-cli', 'devices');
  await mkdir(directory, { recursive: true });
  await writeFile(
    path.join(directory, 'host-mydevice.local.json'),
    JSON.stringify({
      uuid: null,
      host: 'mydevice.local',
      addresses: [address],
      identity: null,
      engineId: 'ENGINE',
      lastSeen: '2026-01-01T00:00:00.000Z',
    }),
  );
}

describe('an address of this machine', function () {
  this.timeout(120_000);

  before(async function () {
    if ((await whyNoLab()) !== undefined) this.skip();
  });

  it('is dialled by no command for a device that names it, and the device is reached at its other address', async () => {
    await using lab = await openLab();
    await using home = await openTempDirectory();
    const { laptop, bystander, os } = await openStage(lab, [own, there]);
    assert.deepEqual(
      (await scanDevices(laptop, '--timeout', '1s')).map(({ addresses }) => addresses),
      [[there]],
    );
    for (const isRemembered of [false, true]) {
      if (isRemembered) await remember(home.path, own);
      const ps = await os(home.path, 'ps', 'mydevice', '--all', '--json');
      assert.equal(ps.exitCode, 0, ps.stderr + ps.stdout);
      const info = await os(home.path, 'info', 'mydevice.local', '--json');
      assert.match(info.stdout, new RegExp(`"address":\\s*"${there}"`), info.stderr);
      const ssh = await os(home.path, 'ssh', 'mydevice', '--', 'true');
      assert.equal(ssh.exitCode, 3);
      assert.match(ssh.stderr, new RegExp(`cannot reach mydevice: ${there} 22222 refused`));
      const viaSsh = await os(home.path, 'ps', 'mydevice.local', '--via', 'ssh');
      assert.match(viaSsh.stderr, new RegExp(`cannot reach mydevice.local: ${there} 22222 refused`));
    }
    assert.equal(await noticed(bystander), 'ready\n');
  });

  it('is no device where it is all that a name leads to', async () => {
    await using lab = await openLab();
    await using home = await openTempDirectory();
    const { bystander, os } = await openStage(lab, [own]);
    await remember(home.path, own);
    const { exitCode, stdout } = await os(home.path, 'ps', 'mydevice', '--all', '--json');
    assert.equal(exitCode, 0, stdout);
    assert.equal(await noticed(bystander), 'ready\n');
  });

  it('is skipped by a sweep, and reached where a person types it', async () => {
    await using lab = await openLab();
    await using home = await openTempDirectory();
    const { laptop, bystander, os } = await openStage(lab, [there]);
    await scanDevices(laptop, '--timeout', '100ms', '--subnet', '172.17.0.0/29');
    const { exitCode, stderr } = await os(home.path, 'ssh', `${there}:2377`, '--', 'true');
    assert.equal(exitCode, 3, stderr);
    assert.equal(await noticed(bystander), 'ready\n');
    const engine = lab.keep(startSupport(laptop, 'serve-device.ts', [own, 'engine']));
    await engine.waitFor(/ready/);
    const typed = await os(home.path, 'ps', own, '--all', '--json');
    assert.equal(typed.exitCode, 0, typed.stderr);
    assert.match(
      typed.stderr,
      /172\.17\.0\.1 is an address of this machine; it leads to the engine of mydevice \(Some OS\)/,
    );
  });
});
