/** A profile that is on a device, as far as it can be shown: who wrote it does not matter. */
import { findValue, unescapeList, unescapeValue, type Keyfile } from './keyfile.ts';

export interface ProfileFacts {
  readonly id: string | null;
  /** `ethernet`, `wifi`, `vlan`, `cellular`, or NetworkManager's own word for another kind. */
  readonly kind: string;
  readonly ssid: string | null;
  /** `open`, or NetworkManager's term, e.g. `wpa-psk`; null if it is not Wi-Fi. */
  readonly security: string | null;
  readonly interfaceName: string | null;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly addresses: readonly string[];
  readonly isAutoconnected: boolean;
  readonly priority: number;
  readonly isMetered: boolean | null;
}

/** Long and short names of NetworkManager's types (nm-settings-keyfile). */
const kinds: Readonly<Record<string, string>> = {
  '802-3-ethernet': 'ethernet',
  '802-11-wireless': 'wifi',
  gsm: 'cellular',
};

const isTrue = (value: string): boolean => /^(?:true|yes|on|1)$/i.test(value.trim());

/** The name of a network: text, or its bytes in decimal with a semicolon after each. */
export function parseSsid(value: string): string {
  if (/^(?:\s*\d{1,3}\s*;)+\s*(?:\d{1,3}\s*)?$/.test(value))
    return Buffer.from(unescapeList(value).map(Number)).toString('utf8');
  return unescapeValue(value) ?? value;
}

/** Extracts the facts of a keyfile. Never throws: a missing or invalid key has its default. */
export function describeProfile(file: Keyfile): ProfileFacts {
  const textAt = (group: string, key: string): string | null => {
    const value = findValue(file, group, key);
    return value === undefined ? null : (unescapeValue(value) ?? value);
  };
  const firstOf = (groups: readonly string[], key: string): string | undefined =>
    groups.map(group => findValue(file, group, key)).find(value => value !== undefined);
  const type = textAt('connection', 'type') ?? 'unknown';
  const ssid = firstOf(['wifi', '802-11-wireless'], 'ssid');
  const security = firstOf(['wifi-security', '802-11-wireless-security'], 'key-mgmt');
  const addressesOf = (group: string): string[] =>
    (file.find(({ name }) => name === group)?.entries ?? [])
      .filter(([key]) => /^address(?:es)?\d*$/.test(key))
      .map(([, value]) => value.split(/[,;]/, 1)[0] ?? '');
  const metered = textAt('connection', 'metered');
  return {
    id: textAt('connection', 'id'),
    kind: kinds[type] ?? type,
    ssid: ssid === undefined ? null : parseSsid(ssid),
    security: ssid === undefined ? null : (security ?? 'open'),
    interfaceName: textAt('connection', 'interface-name'),
    ipv4: textAt('ipv4', 'method') ?? 'auto',
    ipv6: textAt('ipv6', 'method') ?? 'auto',
    addresses: [...addressesOf('ipv4'), ...addressesOf('ipv6')],
    isAutoconnected: isTrue(textAt('connection', 'autoconnect') ?? 'true'),
    priority: Number(textAt('connection', 'autoconnect-priority') ?? 0),
    isMetered: metered === '1' || metered === '3' ? true : metered === '2' || metered === '4' ? false : null,
  };
}

const secretKeys = /^(?:psk|password|pin|private-key-password|wep-key\d|leap-password)$/;

/** The profile with its secrets replaced by `(hidden)`. */
export const maskProfile = (file: Keyfile): Keyfile =>
  file.map(({ name, entries }) => ({
    name,
    entries: entries.map(([key, value]) => [key, secretKeys.test(key) ? '(hidden)' : value] as const),
  }));
