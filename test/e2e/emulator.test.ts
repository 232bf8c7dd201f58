import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DeviceRecord } from '../../src/emulator/device/device-record.ts';
import type { DeviceView } from '../../src/emulator/device/device-view.ts';
import type { UpResult } from '../../src/emulator/up.ts';
import { cacheDirectory } from '../../src/state/paths.ts';
import type { EmulatedDevice } from '../support/emulated-device.ts';
import {
  bootDevice,
  deviceDirectory,
  deviceEnvironment,
  newDeviceName,
  openDevice,
  resultOf,
  runEmulator,
  upTimeoutMs,
} from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { leftovers } from '../support/leftovers.ts';
import { needsMachine } from '../support/machine.ts';
import { runOs, type Ended } from '../support/run-program.ts';

const stateHome = (): string => deviceEnvironment()['XDG_STATE_HOME'] ?? '';
const leftoversOf = (device: EmulatedDevice): Promise<string[]> => leftovers(device.record(), stateHome());

const list = async (): Promise<DeviceView[]> =>
  resultOf(await runEmulator(['list', '--json'])) as DeviceView[];
const statusOf = async (name: string): Promise<string | undefined> =>
  (await list()).find(device => device.name === name)?.status;

/** systemd-nspawn, as the child of the recorded supervisor. */
function nspawnOf(record: DeviceRecord): number {
  const pid = String(record.supervisor?.pid);
  const child = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
  // Number 0 would be the group of this very process.
  assert.ok(child > 1, `the supervisor ${pid} has no child`);
  return child;
}

describe('os emulator', function () {
  before(function () {
    needsMachine(this);
  });
  this.timeout(upTimeoutMs);

  it('boots a device that answers, and a second up of it says so and changes nothing', async () => {
    await using device = await openDevice();
    assert.equal(device.host, `${device.uuid.slice(0, 7)}.local`);
    assert.equal(await device.engine('/_ping'), 'OK');
    assert.equal((await device.ssh('hostname')).stdout.trim(), device.uuid.slice(0, 7));
    const before = device.record();
    const again = resultOf(await runEmulator(['up', device.name, '--json'])) as UpResult;
    assert.equal(again.wasRunning, true);
    assert.deepEqual([again.device.host, device.record()], [device.host, before]);
    const { stdout } = await runEmulator(['up', device.name]);
    assert.match(stdout, new RegExp(`^${device.name} is running already\n`));
  });

  it('refuses to turn a running device into another one', async () => {
    await using device = await openDevice({ hostname: 'kept' });
    const { code, stderr } = await runEmulator(['up', device.name, '--variant', 'production']);
    assert.equal(code, 2);
    assert.match(stderr, /is running with variant development, not production\n.*emulator down/);
    const renamed = await runEmulator(['up', device.name, '--hostname', 'other']);
    assert.equal(renamed.code, 2);
    assert.match(renamed.stderr, /is running with hostname kept, not other\n.*emulator down/);
    assert.equal((await runEmulator(['up', device.name, '--hostname', 'kept'])).code, 0);
  });

  it('ends, resets and deletes devices of its own state directory alone, whatever uuid others have', async () => {
    await using device = await openDevice();
    const other = await mkdtemp(path.join(tmpdir(), 'os-test-other-'));
    const inOther = (...args: string[]): Promise<Ended> => runEmulator(args, { stateHome: other });
    try {
      const twin = resultOf(await inOther('up', device.name, '--uuid', device.uuid, '--json')) as UpResult;
      assert.notEqual(twin.device.subnet, device.subnet);
      await inOther('down', device.name, '--force');
      await inOther('rm', device.name);
      assert.equal(await device.engine('/_ping'), 'OK');
      assert.equal(await statusOf(device.name), 'running');
    } finally {
      await inOther('down', '--all', '--force');
      await rm(other, { recursive: true, force: true });
    }
  });

  it('leaves nothing running, mounted or linked after down', async () => {
    await using device = await openDevice();
    assert.notDeepEqual(await leftoversOf(device), []);
    assert.equal((await runEmulator(['down', device.name])).stdout, `${device.name} is down\n`);
    assert.deepEqual(await leftoversOf(device), []);
    assert.equal((await runEmulator(['down', device.name])).stdout, `${device.name} was down already\n`);
  });

  const killings: [string, (record: DeviceRecord) => number[]][] = [
    ['its container manager', record => [nspawnOf(record)]],
    ["the emulator's own process", record => [record.supervisor?.pid ?? NaN]],
    ['both', record => [record.supervisor?.pid ?? NaN, nspawnOf(record)]],
  ];
  for (const [who, pidsOf] of killings) {
    it(`leaves nothing running, mounted or linked, also after kill -9 of ${who}`, async () => {
      await using device = await openDevice();
      for (const pid of pidsOf(device.record())) process.kill(pid, 'SIGKILL');
      await runEmulator(['down', device.name]);
      assert.deepEqual(await leftoversOf(device), []);
    });
  }

  it('notices in list and up that a device was killed, and boots it again as it was', async () => {
    await using device = await openDevice({ hostname: 'again' });
    const record = device.record();
    for (const pid of [record.supervisor?.pid ?? NaN, nspawnOf(record)]) process.kill(pid, 'SIGKILL');
    await eventually(async () => assert.equal(await statusOf(device.name), 'stopped'));
    assert.deepEqual(await leftoversOf(device), []);
    const again = await bootDevice(device.name);
    assert.deepEqual([again.uuid, again.address, again.host], [device.uuid, device.address, 'again.local']);
  });

  it('cleans up what it started when it is interrupted', async () => {
    const name = newDeviceName();
    const ended = await runOs(['emulator', 'up', name], {
      env: deviceEnvironment(),
      talk: /^network:/m,
      onTalk: kill => kill('SIGINT'),
    });
    assert.equal(ended.code, 130, ended.stderr);
    assert.match(
      ended.stderr,
      new RegExp(`${name} is down, .*os emulator up ${name}.*os emulator rm ${name}`),
    );
    const file = path.join(deviceDirectory(name), 'device.json');
    const record = JSON.parse(readFileSync(file, 'utf8')) as DeviceRecord;
    assert.deepEqual(await leftovers(record, stateHome()), []);
    resultOf(await runEmulator(['rm', name, '--json']));
  });

  it('tells two devices with the same host name apart as avahi renames', async () => {
    await using first = await openDevice({ hostname: 'twin' });
    await using second = await openDevice({ hostname: 'twin' });
    assert.deepEqual([first.host, second.host], ['twin.local', 'twin-2.local']);
    assert.notEqual(first.address, second.address);
    assert.equal((await second.ssh('hostname')).stdout, 'twin\n');
    await runEmulator(['down', first.name]);
    assert.equal(await second.engine('/_ping'), 'OK');
    await runEmulator(['down', '--all']);
    assert.deepEqual([await leftoversOf(first), await leftoversOf(second)], [[], []]);
  });

  it('gives devices that are made at the same time an address each', async () => {
    const devices = await Promise.all([openDevice(), openDevice()]);
    await using _first = devices[0];
    await using _second = devices[1];
    assert.equal(new Set(devices.map(({ address }) => address)).size, 2);
    const answers = await Promise.all(devices.map(it => it.ssh('cat /mnt/boot/config.json')));
    assert.deepEqual(
      answers.map(({ stdout }) => (JSON.parse(stdout) as { uuid: string }).uuid),
      devices.map(({ uuid }) => uuid),
    );
  });

  it('refuses a network that this machine routes already', async () => {
    const { code, stderr } = await runEmulator(['up', newDeviceName(), '--subnet', '127.0.0.0/24']);
    assert.equal(code, 2);
    assert.match(stderr, /127\.0\.0\.0\/24 is taken on this machine already/);
  });

  it('puts a device on the network and the engine port it is asked for', async () => {
    // Another run of these tests may be doing the same at this moment.
    const network = `10.231.${randomInt(256).toString()}`;
    await using device = await openDevice({ subnet: `${network}.0/28`, enginePort: 2375 });
    assert.deepEqual([device.address, device.ports.engine], [`${network}.2`, 2375]);
    assert.equal(await device.engine('/_ping'), 'OK');
  });

  it('shows what a running device says and what one that is down said last', async () => {
    await using device = await openDevice();
    assert.match((await runEmulator(['logs', device.name])).stdout, /Reached target multi-user\.target/);
    await runEmulator(['down', device.name]);
    assert.match((await runEmulator(['logs', device.name])).stdout, /Halting system/);
  });

  it('follows what a device says until it is told to end', async () => {
    await using device = await openDevice();
    const { code } = await runOs(['emulator', 'logs', device.name, '--follow'], {
      env: deviceEnvironment(),
      onAnswer: kill => kill('SIGTERM'),
    });
    assert.equal(code, 143);
  });

  it('says which devices there are when asked for one that is not', async () => {
    const { code, stderr } = await runEmulator(['down', 'nobody']);
    assert.equal(code, 3);
    assert.match(stderr, /no emulated device is named nobody/);
  });

  it('takes a device back to how it was made: its uuid and configuration stay, nothing else', async () => {
    await using device = await openDevice({ hostname: 'fresh' });
    const keys = (await device.ssh('cat /etc/ssh/hostkeys/*.pub; balena tag busybox gone:soon')).stdout;
    device.writeConfig({ ...device.readConfig(), hostname: 'stale', extra: 1 });
    const { stdout } = await runEmulator(['reset', device.name]);
    assert.equal(stdout, `${device.name} is reset and up again as fresh.local\n`);
    assert.deepEqual([device.readConfig()['extra'], device.record().uuid], [undefined, device.uuid]);
    assert.notEqual((await device.ssh('cat /etc/ssh/hostkeys/*.pub')).stdout, keys);
    assert.equal((await device.ssh('balena images -q | wc -l')).stdout, '1\n');
  });

  it('is met without a warning when it was deleted and made anew under its old name', async () => {
    const reach = (): Promise<{ code: number | null; stderr: string }> =>
      runOs(['ssh', 'made-anew', '--', 'true'], { env: deviceEnvironment() });
    for (let time = 0; time < 2; time++) {
      await using _device = await openDevice({ hostname: 'made-anew' });
      const { code, stderr } = await reach();
      assert.equal(code, 0, stderr);
    }
  });

  it('deletes a device with everything it holds', async () => {
    await using device = await openDevice();
    resultOf(await runEmulator(['rm', device.name, '--json']));
    assert.equal(await statusOf(device.name), undefined);
    await assert.rejects(readdir(device.directory), { code: 'ENOENT' });
  });

  it('notices a damaged root file system and makes it anew', async () => {
    await runEmulator(['list']);
    await (await openDevice())[Symbol.asyncDispose]();
    const cacheHome = await mkdtemp(path.join(path.dirname(cacheDirectory()), 'os-test-cache-'));
    try {
      // Hard links: a copy that costs nothing, and in which files can be deleted without harm to the original.
      execFileSync('cp', ['-al', cacheDirectory(), path.join(cacheHome, 'os-cli')]);
      const cache = path.join(cacheHome, 'os-cli', 'emulator');
      for (const finished of (await readdir(cache)).filter(name => name.startsWith('rootfs-')))
        rmSync(path.join(cache, finished, 'root', 'usr', 'sbin', 'dockerd'), { force: true });
      const name = newDeviceName();
      const { code, stderr } = await runEmulator(['up', name], { cacheHome });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /root file system: made/);
      resultOf(await runEmulator(['rm', name, '--json']));
    } finally {
      await rm(cacheHome, { recursive: true, force: true });
    }
  });
});
