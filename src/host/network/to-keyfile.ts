/** A profile as NetworkManager's keyfile (nm-settings-keyfile). */
import { checkProfile } from './check-profile.ts';
import { escapeList, escapeValue, type Keyfile, type KeyfileGroup } from './keyfile.ts';
import type { IpSettings, Link, NetworkProfile, WifiSecurity } from './profile.ts';

type Value = string | number | boolean | undefined;

/** Builds a group without its undefined values; escapes text. */
function group(name: string, values: Readonly<Record<string, Value>>): KeyfileGroup {
  const entries = Object.entries(values).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, typeof value === 'string' ? escapeValue(value) : String(value)]],
  );
  return { name, entries };
}

/** A value that is written as it is. */
const withRaw = (it: KeyfileGroup, key: string, value: string): KeyfileGroup => ({
  name: it.name,
  entries: value === '' ? it.entries : [...it.entries, [key, value]],
});

/** Text if every reader takes it for text; else the bytes in decimal, as NetworkManager writes such names itself. */
export function formatSsid(ssid: string): string {
  const isPlain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(ssid) && !/[;\\]|^\d+$/.test(ssid);
  return isPlain ? ssid : [...Buffer.from(ssid)].map(byte => `${byte.toString()};`).join('');
}

function securityGroups(security: WifiSecurity): KeyfileGroup[] {
  switch (security.kind) {
    case 'open':
      return [];
    case 'wpa2':
      return [group('wifi-security', { 'key-mgmt': 'wpa-psk', psk: security.passphrase })];
    case 'wpa3':
      return [group('wifi-security', { 'key-mgmt': 'sae', psk: security.passphrase })];
    case 'enterprise': {
      const { eap, password } = security;
      const isTls = eap === 'tls';
      const eapGroup: KeyfileGroup = { name: '802-1x', entries: [['eap', escapeList([eap])]] };
      const rest = group('802-1x', {
        identity: security.identity,
        'anonymous-identity': security.anonymousIdentity,
        'ca-cert': security.caFile,
        'client-cert': security.certificateFile,
        'private-key': security.privateKeyFile,
        'private-key-password': isTls ? password : undefined,
        // 4: an unencrypted key needs no password.
        'private-key-password-flags': isTls && password === undefined ? 4 : undefined,
        password: isTls ? undefined : password,
        'phase2-auth': isTls ? undefined : 'mschapv2',
      });
      return [
        group('wifi-security', { 'key-mgmt': 'wpa-eap' }),
        { name: '802-1x', entries: [...eapGroup.entries, ...rest.entries] },
      ];
    }
  }
}

const types = { ethernet: 'ethernet', vlan: 'vlan', wifi: 'wifi', cellular: 'gsm' } as const;

function linkGroups(link: Link): KeyfileGroup[] {
  switch (link.kind) {
    case 'ethernet':
      return [group('ethernet', { 'mac-address': link.mac?.toUpperCase() })];
    case 'vlan':
      // 1: the device's own headers are reordered, as every tool has it.
      return [group('vlan', { flags: 1, id: link.vlanId, parent: link.parent })];
    case 'wifi':
      return [
        withRaw(
          group('wifi', { mode: 'infrastructure', hidden: link.isHidden ? true : undefined }),
          'ssid',
          formatSsid(link.ssid),
        ),
        ...securityGroups(link.security),
      ];
    case 'cellular':
      return [
        group('gsm', {
          apn: link.apn,
          'device-id': link.modem,
          username: link.username,
          password: link.password,
          pin: link.pin,
        }),
      ];
  }
}

function ipGroup(family: 4 | 6, { method, fixed, nameServers }: IpSettings): KeyfileGroup {
  const addresses = (fixed?.addresses ?? []).map((address, index): [string, string] => [
    `address${(index + 1).toString()}`,
    index === 0 && fixed?.gateway !== undefined ? `${address},${fixed.gateway}` : address,
  ]);
  const named = group(`ipv${family.toString()}`, {
    'addr-gen-mode': family === 6 && method !== 'disabled' ? 'stable-privacy' : undefined,
    method,
    ...Object.fromEntries(addresses),
  });
  return withRaw(named, 'dns', escapeList(nameServers));
}

/** Throws OsError `config-invalid` for a profile that NetworkManager would ignore, refuse or misread. */
export function toKeyfile(profile: NetworkProfile): Keyfile {
  checkProfile(profile);
  const { link } = profile;
  return [
    group('connection', {
      id: profile.name,
      type: types[link.kind],
      'interface-name':
        profile.interfaceName ??
        (link.kind === 'vlan' ? `${link.parent}.${link.vlanId.toString()}` : undefined),
      autoconnect: profile.isAutoconnected ? undefined : false,
      'autoconnect-priority': profile.priority,
      // NMMetered: 1 yes, 2 no.
      metered: profile.isMetered === undefined ? undefined : profile.isMetered ? 1 : 2,
    }),
    ...linkGroups(link),
    ipGroup(4, profile.ipv4),
    ipGroup(6, profile.ipv6),
  ];
}
