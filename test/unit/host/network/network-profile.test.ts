import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { checkProfileName } from '../../../../src/host/network/check-profile.ts';
import { describeProfile, maskProfile, parseSsid } from '../../../../src/host/network/describe-profile.ts';
import { formatKeyfile, parseKeyfile } from '../../../../src/host/network/keyfile.ts';
import type { NetworkProfile } from '../../../../src/host/network/profile.ts';
import { formatSsid, toKeyfile } from '../../../../src/host/network/to-keyfile.ts';

const profile = (changes: Partial<NetworkProfile>): NetworkProfile => ({
  name: 'office',
  link: { kind: 'wifi', ssid: 'Office', isHidden: false, security: { kind: 'open' } },
  ipv4: { method: 'auto', nameServers: [] },
  ipv6: { method: 'auto', nameServers: [] },
  isAutoconnected: true,
  ...changes,
});
const written = (changes: Partial<NetworkProfile>): string => formatKeyfile(toKeyfile(profile(changes)));
const isInvalid = (error: unknown): boolean => error instanceof OsError && error.code === 'config-invalid';
const wifi = (ssid: string, passphrase: string, kind: 'wpa2' | 'wpa3' = 'wpa2'): Partial<NetworkProfile> => ({
  link: { kind: 'wifi', ssid, isHidden: true, security: { kind, passphrase } },
});

describe('a network profile', () => {
  it('of a Wi-Fi network is written as one reads it', () => {
    assert.equal(
      written({ ...wifi('My Wifi', 'se cret#=\\x'), priority: 10, isMetered: true }),
      `[connection]
id=office
type=wifi
autoconnect-priority=10
metered=1

[wifi]
mode=infrastructure
hidden=true
ssid=My Wifi

[wifi-security]
key-mgmt=wpa-psk
psk=se cret#=\\\\x

[ipv4]
method=auto

[ipv6]
addr-gen-mode=stable-privacy
method=auto
`,
    );
  });

  it('with a fixed address has the method manual, a gateway and name servers', () => {
    const fixed = { addresses: ['192.168.0.101/24', '10.0.0.2/8'], gateway: '192.168.0.1' };
    assert.match(
      written({ ipv4: { method: 'manual', fixed, nameServers: ['192.168.0.1', '1.1.1.1'] } }),
      /\[ipv4\]\nmethod=manual\naddress1=192.168.0.101\/24,192.168.0.1\naddress2=10.0.0.2\/8\ndns=192.168.0.1;1.1.1.1;\n/,
    );
  });

  it('of a modem has its APN and PIN, and no automatic configuration', () => {
    const text = written({ link: { kind: 'cellular', apn: 'web.example', pin: '0012' } });
    assert.match(text, /type=gsm\n/);
    assert.match(text, /\[gsm\]\napn=web\.example\npin=0012\n/);
    assert.doesNotMatch(text, /auto-config/);
  });

  it('of a VLAN names its interface after the parent', () => {
    assert.match(
      written({ link: { kind: 'vlan', parent: 'eth0', vlanId: 10 } }),
      /interface-name=eth0\.10\n\n\[vlan\]\nflags=1\nid=10\nparent=eth0\n/,
    );
  });

  it('has a name that NetworkManager does not ignore', () => {
    for (const name of ['office', 'foo.officelan', 'Guest (5 GHz)', 'x.nmconnection', 'two.a-bcde'])
      checkProfileName(name);
    for (const name of [
      'foo.office',
      'foo.ignore',
      'a.PEM',
      'a.der',
      'a.swp',
      'a.swpx',
      '.hidden',
      'a~',
      'a/b',
      '',
      'a\n',
      'a.',
      '-rf',
    ])
      assert.throws(() => checkProfileName(name), isInvalid, name);
  });

  it('is refused where NetworkManager would refuse it or take it for something else', () => {
    for (const changes of [
      wifi('', 'long enough'),
      wifi('x'.repeat(33), 'long enough'),
      wifi('x', 'short'),
      wifi('x', 'y'.repeat(64)),
      wifi('x', 'tab\tinside'),
      wifi('x', 'schlüssel'),
      { ipv4: { method: 'manual' as const, nameServers: [] } },
      { ipv4: { method: 'auto' as const, fixed: { addresses: ['10.0.0.2/8'] }, nameServers: [] } },
      { ipv4: { method: 'manual' as const, fixed: { addresses: ['10.0.0.2'] }, nameServers: [] } },
      { ipv4: { method: 'manual' as const, fixed: { addresses: ['10.0.0.2/33'] }, nameServers: [] } },
      { ipv4: { method: 'auto' as const, nameServers: ['dns.example'] } },
      { link: { kind: 'cellular' as const, apn: 'a b' } },
      { link: { kind: 'cellular' as const, apn: 'a', pin: '123' } },
      { link: { kind: 'vlan' as const, parent: 'eth0', vlanId: 4095 } },
      { priority: 1000 },
    ])
      assert.throws(() => toKeyfile(profile(changes)), isInvalid, JSON.stringify(changes));
  });

  it('writes the name of a network as bytes where text could be misread', () => {
    assert.equal(formatSsid('Office 5'), 'Office 5');
    assert.equal(formatSsid('1;2;3;'), '49;59;50;59;51;59;');
    assert.equal(formatSsid('’'), '226;128;153;');
    assert.equal(formatSsid(' a'), '32;97;');
    for (const ssid of ['Office 5', '1;2;3;', '’', ' a', '12', 'a\\b'])
      assert.equal(parseSsid(formatSsid(ssid)), ssid);
  });

  it('that others wrote is described, with its secrets hidden', () => {
    const file = parseKeyfile(
      '[connection]\nid=x\ntype=802-11-wireless\n\n[802-11-wireless]\nssid=caf\\sé\n[802-11-wireless-security]\nkey-mgmt=sae\npsk=geheim\n[ipv4]\nmethod=manual\naddress1=10.0.0.2/8,10.0.0.1\n',
    );
    assert.deepEqual(describeProfile(file), {
      id: 'x',
      kind: 'wifi',
      ssid: 'caf é',
      security: 'sae',
      interfaceName: null,
      ipv4: 'manual',
      ipv6: 'auto',
      addresses: ['10.0.0.2/8'],
      isAutoconnected: true,
      priority: 0,
      isMetered: null,
    });
    assert.doesNotMatch(formatKeyfile(maskProfile(file)), /geheim/);
  });
});
