import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { upTimeoutMs, useDevice } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { runOs, type Ended } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

interface Changed {
  readonly activeOn: string | null;
  readonly problem: string | null;
  readonly reachedAt: string | null;
}

describe('os network', function () {
  this.timeout(upTimeoutMs);
  const use = useDevice();
  let home: Awaited<ReturnType<typeof openTempDirectory>>;
  before(async () => {
    home = await openTempDirectory();
  });
  after(() => home[Symbol.asyncDispose]());

  const network = (args: readonly string[], on = use().address): Promise<Ended> =>
    runOs(['network', ...args, '--on', on, '--json'], {
      env: { HOME: home.path, XDG_STATE_HOME: home.path, SSH_AUTH_SOCK: undefined, OS_DEVICE: undefined },
    });
  const resultOf = (ended: Ended): unknown => {
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    return (JSON.parse(ended.stdout) as { result: unknown }).result;
  };
  const readChanged = (ended: Ended): Changed => resultOf(ended) as Changed;
  const readConnections = (
    ended: Ended,
  ): { connections: { name: string; facts: { ssid: string } | null }[] } =>
    resultOf(ended) as { connections: { name: string; facts: { ssid: string } | null }[] };
  const errorOf = (ended: Ended): { message: string; exitCode: number } =>
    (JSON.parse(ended.stdout) as { error: { message: string; exitCode: number } }).error;
  const printed = async (command: string): Promise<string> => (await use().ssh(command)).stdout.trim();
  const files = '/mnt/boot/system-connections/* /etc/NetworkManager/system-connections/*';

  it('add writes a Wi-Fi profile to boot and state, readable by root alone, and NetworkManager lists it with its file', async () => {
    const secret = path.join(home.path, 'secret');
    await writeFile(secret, 'geheim wort\n');
    const added = readChanged(
      await network(['add', 'office', '--ssid', 'Büro 5', '--passphrase-file', secret, '--no-activate']),
    );
    assert.equal(added.activeOn, null);
    assert.equal(
      await printed('stat -c "%a %U %n" /etc/NetworkManager/system-connections/office'),
      '600 root /etc/NetworkManager/system-connections/office',
    );
    assert.equal(
      await printed(
        'cmp /mnt/boot/system-connections/office /etc/NetworkManager/system-connections/office && echo same',
      ),
      'same',
    );
    assert.equal(
      await printed('nmcli -s -g 802-11-wireless-security.psk connection show office'),
      'geheim wort',
    );
    assert.match(
      await printed('LC_ALL=C.UTF-8 nmcli -g 802-11-wireless.ssid connection show office'),
      /^Büro 5$/,
    );
    const shown = resultOf(await network(['show', 'office'])) as { text: string };
    assert.match(shown.text, /psk=\(hidden\)/);
    const { connections } = readConnections(await network(['list']));
    assert.equal(connections.find(({ name }) => name === 'office')?.facts?.ssid, 'Büro 5');
    assert.equal(errorOf(await network(['add', 'office', '--open', '--ssid', 'x'])).exitCode, 2);
    resultOf(await network(['remove', 'office']));
    assert.equal(await printed(`ls ${files} 2>/dev/null; nmcli -g NAME connection show | grep office`), '');
  });

  it('add refuses what NetworkManager would ignore or misread, before anything is written', async () => {
    for (const args of [
      ['add', 'foo.office'],
      ['add', 'a', '--ip', '10.0.0.5'],
      ['add', 'a', '--ip', '10.0.0.5/40'],
      ['add', 'a', '--apn', 'a b'],
    ])
      assert.equal(errorOf(await network([...args, '--no-activate'])).exitCode, 7, args.join(' '));
    assert.equal(await printed(`ls ${files} 2>/dev/null`), '');
  });

  it('add with a fixed address moves the device there, and remove brings it back', async () => {
    const { address } = use();
    const moved = address.replace(/\d+$/, '77');
    const gateway = address.replace(/\d+$/, '1');
    const added = readChanged(
      await network(['add', 'fixed', '--interface', 'eth0', '--ip', `${moved}/24`, '--gateway', gateway]),
    );
    assert.deepEqual([added.activeOn, added.problem, added.reachedAt], ['eth0', null, moved]);
    const refused = errorOf(await network(['remove', 'fixed'], moved));
    assert.equal(refused.exitCode, 2);
    assert.match(refused.message, /fixed is in use on eth0/);
    const child = await network(['remove', 'fixed', '--yes', '--no-undo'], moved);
    assert.equal(child.code, 0, child.stdout);
    await eventually(async () => assert.equal(await printed('hostname'), use().uuid.slice(0, 7)));
  });

  it('add with an address that does not work is undone by the device itself', async () => {
    const before = await printed('ip -4 -o addr show dev eth0');
    const refused = await network([
      ...['add', 'wrong', '--interface', 'eth0', '--ip', '192.0.2.9/24', '--gateway', '192.0.2.1'],
      ...['--undo-after', '15s'],
    ]);
    assert.equal(refused.code, 10, refused.stdout);
    assert.match(errorOf(refused).message, /has undone it by itself/);
    await eventually(async () => {
      assert.equal(await printed('hostname'), use().uuid.slice(0, 7));
      assert.equal((await printed('ip -4 -o addr show dev eth0')).split('/')[0], before.split('/')[0]);
    });
    assert.equal(await printed(`ls ${files} /mnt/state/os-undo 2>/dev/null`), '');
  });

  describe('a VPN of the user', () => {
    const services = (...args: readonly string[]): Promise<Ended> =>
      runOs(['services', use().address, ...args, '--json'], {
        env: { HOME: home.path, XDG_STATE_HOME: home.path, SSH_AUTH_SOCK: undefined },
      });
    const profile = (text: string): Promise<string> => {
      const file = path.join(home.path, 'office.ovpn');
      return writeFile(file, text).then(() => file);
    };
    // Without a tunnel device, which a container has not.
    const usable = `dev null
remote 127.0.0.1 1194 udp
cipher AES-256-CBC
<secret>
-----BEGIN OpenVPN Static key V1-----
${Array.from({ length: 16 }, (_, index) => index.toString(16).repeat(32)).join('\n')}
-----END OpenVPN Static key V1-----
</secret>
`;

    it('runs with a profile, is kept over a reboot because the OS keeps its directory, and ends', async () => {
      const vpn = resultOf(
        await services('openvpn', '--enable', '--profile', await profile(usable)),
      ) as object;
      assert.deepEqual(vpn, {
        ...{ device: use().address, unit: 'openvpn.service' },
        ...{ state: 'active', isKept: true, reason: null },
      });
      assert.equal(await printed('stat -c "%a %U" /etc/openvpn/openvpn.conf'), '600 root');
      assert.equal(
        await printed('ls /mnt/state/root-overlay/etc/openvpn/openvpn.conf'),
        '/mnt/state/root-overlay/etc/openvpn/openvpn.conf',
      );
      // A profile that does not start, at once or a moment later, leaves the one that does.
      const noDevice = `${usable}ifconfig 10.9.0.1 10.9.0.2\n`;
      const late = await services('openvpn', '--enable', '--profile', await profile(noDevice));
      assert.equal(late.code, 6, late.stdout);
      assert.match(errorOf(late).message, /Linux can't set mtu/);
      const broken = await services(
        'openvpn',
        '--enable',
        '--profile',
        await profile(`${usable}no-such-option 1\n`),
      );
      assert.equal(broken.code, 6, broken.stdout);
      assert.match(errorOf(broken).message, /does not start with this profile: .*no-such-option/i);
      const kept = await printed('cat /etc/openvpn/openvpn.conf');
      assert.match(kept, /^cipher AES-256-CBC$/m);
      assert.doesNotMatch(kept, /no-such-option/);
      assert.equal(await printed('systemctl is-active openvpn'), 'active');
      assert.equal(await printed('ls /mnt/state /etc/NetworkManager/dispatcher.d | grep undo'), '');
      const again = resultOf(await services('openvpn', '--enable')) as { state: string };
      assert.equal(again.state, 'active');
      const off = resultOf(await services('openvpn', '--disable')) as { state: string };
      assert.equal(off.state, 'inactive');
      assert.equal(await printed('ls /etc/openvpn/openvpn.conf 2>&1 | grep -c "No such"'), '1');
    });

    it('is refused before anything is written where the profile names files, or the unit is another', async () => {
      const named = await services('openvpn', '--enable', '--profile', await profile('dev tun\nca ca.crt\n'));
      assert.equal(named.code, 7);
      assert.match(errorOf(named).message, /line 2 names a file/);
      assert.equal((await services('NetworkManager', '--enable')).code, 2);
      assert.equal((await services('openvpn', '--enable')).code, 2);
    });
  });

  it('proxy writes what the OS reads, for redsocks and the firewall, and takes it back', async () => {
    const secret = path.join(home.path, 'proxy-secret');
    await writeFile(secret, 'ge"heim\n');
    const url = 'socks5://me@10.0.0.1:1080';
    const refused = await network(['proxy', url, '--password-file', secret]);
    assert.equal(refused.code, 7);
    assert.equal(await printed('ls -A /mnt/boot/system-proxy 2>/dev/null'), '');
    await writeFile(secret, 'geheim\n');
    const set = await network(['proxy', url, '--password-file', secret, '--no-proxy', '203.0.113.0/24']);
    const expected = { type: 'socks5', host: '10.0.0.1', port: 1080, login: 'me', hasPassword: true };
    assert.deepEqual((resultOf(set) as { proxy: object }).proxy, expected);
    assert.doesNotMatch(set.stdout, /geheim/);
    assert.match(await printed('cat /mnt/boot/system-proxy/redsocks.conf'), /password = "geheim";/);
    assert.equal(await printed('cat /mnt/boot/system-proxy/no_proxy'), '203.0.113.0/24');
    assert.equal((resultOf(await network(['proxy', '--remove'])) as { proxy: null }).proxy, null);
    assert.equal(await printed('ls -A /mnt/boot/system-proxy'), '');
  });
});
