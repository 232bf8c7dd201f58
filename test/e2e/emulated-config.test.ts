import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { waitForAnnouncement } from '../../src/emulator/network/announcement.ts';
import { bootDevice, runEmulator, useDevice } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { makeKey } from '../support/openssh-server.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

describe('config.json of the emulated device', function () {
  this.timeout(120_000);
  const use = useDevice();

  const announcedHost = async (): Promise<string> => {
    const { address } = use();
    return (await waitForAnnouncement(address, address.replace(/\d+$/, '1'), AbortSignal.timeout(5000))).host;
  };
  const printed = async (command: string): Promise<string> => (await use().ssh(command)).stdout.trim();
  const engineName = async (): Promise<unknown> => ((await use().engine('/info')) as { Name: unknown }).Name;

  it('is ignored while it is not valid JSON', async () => {
    const device = use();
    const config = device.readConfig();
    const before = await printed('systemctl show -P ActiveEnterTimestampMonotonic balena avahi-daemon');
    device.writeConfig('{"hostname": "broken"');
    await sleep(2000);
    assert.equal(await printed('hostname'), device.uuid.slice(0, 7));
    assert.equal(
      await printed('systemctl show -P ActiveEnterTimestampMonotonic balena avahi-daemon'),
      before,
    );
    device.writeConfig(config);
  });

  it('renames the device when the host name changes: announced anew, engine restarted', async () => {
    const device = use();
    device.writeConfig({ ...device.readConfig(), hostname: 'renamed' });
    await eventually(async () => assert.equal(await announcedHost(), 'renamed.local'));
    await eventually(async () => assert.equal(await engineName(), 'renamed'));
    assert.equal(await printed('cat /etc/hostname; hostname'), 'renamed\nrenamed');
    device.writeConfig({ ...device.readConfig(), hostname: '' });
    await eventually(async () => assert.equal(await announcedHost(), `${device.uuid.slice(0, 7)}.local`));
    await eventually(async () => assert.equal(await engineName(), device.uuid.slice(0, 7)));
  });

  it('sets name servers and time servers', async () => {
    const device = use();
    device.writeConfig({
      ...device.readConfig(),
      dnsServers: '192.0.2.53 192.0.2.54',
      ntpServers: 'a.ntp b.ntp',
    });
    await eventually(async () => {
      assert.equal(await printed('cat /run/dnsmasq.servers'), 'nameserver 192.0.2.53\nnameserver 192.0.2.54');
      assert.match(
        await printed('cat /run/chrony/sources.d/*'),
        /^server a\.ntp iburst\nserver b\.ntp iburst$/,
      );
      assert.equal(await printed('systemctl is-active dnsmasq'), 'active');
    });
  });

  it('counts as it is after the last of many edits in quick succession', async () => {
    const device = use();
    const config = device.readConfig();
    for (let edit = 1; edit <= 30; edit++) {
      device.writeConfig({ ...config, ntpServers: `ntp-${String(edit)}` });
      await sleep(edit % 3 === 0 ? 200 : 20);
    }
    device.writeConfig({ ...config, ntpServers: 'ntp-31' });
    await sleep(60);
    // While the edit before is being handed out, and of interest to another unit.
    device.writeConfig({ ...config, ntpServers: 'ntp-31', hostname: 'last' });
    await eventually(async () => {
      assert.equal(await printed('cat /run/chrony/sources.d/*'), 'server ntp-31 iburst');
      assert.equal(await printed('hostname'), 'last');
    });
    device.writeConfig(config);
    await eventually(async () => assert.equal(await printed('hostname'), device.uuid.slice(0, 7)));
  });

  it('closes the login without a password when it has SSH keys', async () => {
    await using directory = await openTempDirectory();
    const key = makeKey(directory.path, 'id');
    const device = use();
    const config = device.readConfig();
    device.writeConfig({ ...config, os: { sshKeys: [readFileSync(`${key}.pub`, 'utf8').trim()] } });
    await eventually(async () => {
      assert.equal((await device.ssh('true')).code, 255);
      assert.equal((await device.ssh('true', key)).code, 0);
    });
    device.writeConfig(config);
    // As on devices, the password login comes back with the next boot only.
    await eventually(async () => assert.equal((await device.ssh('true', key)).code, 255));
  });

  it('closes and opens the engine and the login with developmentMode', async () => {
    const device = use();
    const config = device.readConfig();
    device.writeConfig({ ...config, developmentMode: false });
    await eventually(async () => {
      await assert.rejects(device.engine('/_ping'));
      assert.equal((await device.ssh('true')).code, 255);
    });
    device.writeConfig({ ...config, developmentMode: true });
    await eventually(async () => {
      assert.equal(await device.engine('/_ping'), 'OK');
      assert.equal((await device.ssh('true')).code, 0);
    });
  });

  it('is kept as it is when the device is booted again, also when it closes the engine or is not valid', async () => {
    const device = use();
    const config = device.readConfig();
    device.writeConfig({ ...config, developmentMode: false });
    await runEmulator(['down', device.name]);
    await bootDevice(device.name);
    await assert.rejects(device.engine('/_ping'));
    assert.equal(device.readConfig()['developmentMode'], false);
    await runEmulator(['down', device.name]);
    device.writeConfig('not JSON');
    await bootDevice(device.name);
    await assert.rejects(async () => Promise.resolve(device.readConfig()));
    device.writeConfig(config);
    await eventually(async () => assert.equal(await device.engine('/_ping'), 'OK'));
  });
});
