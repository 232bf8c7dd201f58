/** Finds settings that NetworkManager would ignore, refuse, or misread. */
import { isIPv4, isIPv6 } from 'node:net';
import { ipVersionOf } from '../../net/ip-version.ts';
import { OsError } from '../../core/errors.ts';
import { isIgnoredFile } from './check-connection-file.ts';
import type { IpSettings, Link, NetworkProfile, WifiSecurity } from './profile.ts';

const invalid = (problem: string, hint?: string): OsError =>
  new OsError('config-invalid', problem, hint === undefined ? {} : { hint });

/** Files that NetworkManager leaves alone, and names that FAT cannot hold. */
export function checkProfileName(name: string): void {
  const quoted = JSON.stringify(name);
  if (!/^[A-Za-z0-9_][A-Za-z0-9 _.+()-]{0,63}$/.test(name) || /[. ]$/.test(name))
    throw invalid(
      `${quoted} cannot be the name of a connection`,
      'use at most 64 letters, digits, blanks, dots, hyphens and underscores, a letter or digit first',
    );
  if (isIgnoredFile(name))
    throw invalid(
      `NetworkManager ignores files called ${quoted}`,
      'choose a name without a dot, e.g. with a hyphen in its place',
    );
}

const printable = /^[\x20-\x7e]*$/;

function checkPassphrase(passphrase: string, kind: 'wpa2' | 'wpa3'): void {
  if (!printable.test(passphrase)) throw invalid('a Wi-Fi passphrase has printable ASCII characters alone');
  if (kind === 'wpa3' && passphrase === '') throw invalid('a WPA3 network needs a passphrase');
  if (
    kind === 'wpa3' ||
    (passphrase.length >= 8 && passphrase.length <= 63) ||
    /^[0-9a-fA-F]{64}$/.test(passphrase)
  )
    return;
  throw invalid('a WPA2 passphrase has 8 to 63 characters, or is a key of 64 hexadecimal digits');
}

function checkPath(file: string | undefined, what: string): void {
  if (file !== undefined && !(file.startsWith('/') && printable.test(file)))
    throw invalid(`the ${what} has to be an absolute path on the device`);
}

function checkOneLine(text: string | undefined, what: string): void {
  if (text === '') throw invalid(`the ${what} is empty`, 'leave it out where there is none');
  // eslint-disable-next-line no-control-regex -- control characters are what this refuses
  if (text !== undefined && /[\u0000-\u001f\u007f]/.test(text))
    throw invalid(`the ${what} holds control characters`);
}

function checkSecurity(security: WifiSecurity): void {
  switch (security.kind) {
    case 'open':
      return;
    case 'wpa2':
    case 'wpa3':
      checkPassphrase(security.passphrase, security.kind);
      return;
    case 'enterprise':
      checkOneLine(security.identity, 'identity');
      checkOneLine(security.anonymousIdentity, 'anonymous identity');
      checkOneLine(security.password, 'password');
      checkPath(security.caFile, 'CA file');
      checkPath(security.certificateFile, 'certificate file');
      checkPath(security.privateKeyFile, 'private key file');
      if (security.eap !== 'tls' && security.password === undefined)
        throw invalid(`EAP ${security.eap} needs a password`);
      if (
        security.eap === 'tls' &&
        (security.certificateFile === undefined || security.privateKeyFile === undefined)
      )
        throw invalid('EAP tls needs a certificate and its private key');
  }
}

function checkLink(link: Link): void {
  switch (link.kind) {
    case 'ethernet':
      if (link.mac !== undefined && !/^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$/.test(link.mac))
        throw invalid(`${JSON.stringify(link.mac)} is not a hardware address like 00:11:22:33:44:55`);
      return;
    case 'vlan':
      if (!Number.isInteger(link.vlanId) || link.vlanId < 1 || link.vlanId > 4094)
        throw invalid('a VLAN id is a number from 1 to 4094');
      checkInterface(link.parent);
      return;
    case 'wifi': {
      const sizeBytes = Buffer.byteLength(link.ssid);
      if (sizeBytes < 1 || sizeBytes > 32)
        throw invalid('the name of a Wi-Fi network (SSID) has 1 to 32 bytes');
      checkSecurity(link.security);
      return;
    }
    case 'cellular':
      if (!/^[A-Za-z0-9.-]{1,64}$/.test(link.apn))
        throw invalid('an APN has letters, digits, dots and hyphens alone, at most 64');
      if (link.pin !== undefined && !/^\d{4,8}$/.test(link.pin))
        throw invalid('the PIN of a SIM has 4 to 8 digits');
      checkOneLine(link.username, 'user name');
      checkOneLine(link.password, 'password');
      checkOneLine(link.modem, 'modem');
  }
}

function checkInterface(name: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,14}$/.test(name))
    throw invalid(`${JSON.stringify(name)} is not the name of an interface, such as eth0`);
}

/** `0.0.0.0` or `::` in any spelling. */
const isUnspecified = (ip: string): boolean => ipVersionOf(ip) !== 0 && /^[0.:]*$/.test(ip);

function checkIp(settings: IpSettings, family: 4 | 6): void {
  const isOfFamily = (ip: string): boolean => (family === 4 ? isIPv4(ip) : isIPv6(ip)) && !isUnspecified(ip);
  const name = `IPv${family.toString()}`;
  const { fixed } = settings;
  if ((settings.method === 'manual') !== (fixed !== undefined && fixed.addresses.length > 0))
    throw invalid(`fixed ${name} addresses and the method manual belong together`);
  for (const address of fixed?.addresses ?? []) {
    const [ip = '', length = '', ...more] = address.split('/');
    const isLength =
      /^\d{1,3}$/.test(length) && Number(length) >= 1 && Number(length) <= (family === 4 ? 32 : 128);
    if (!isOfFamily(ip) || !isLength || more.length > 0)
      throw invalid(
        `${JSON.stringify(address)} is not an ${name} address with the length of its prefix`,
        `write it like ${family === 4 ? '192.168.0.101/24' : 'fd00::101/64'}`,
      );
  }
  if (fixed?.gateway !== undefined && !isOfFamily(fixed.gateway))
    throw invalid(`${JSON.stringify(fixed.gateway)} is not an ${name} address`);
  const server = settings.nameServers.find(it => !isOfFamily(it));
  if (server !== undefined)
    throw invalid(`${JSON.stringify(server)} is not the ${name} address of a name server`);
}

/** Throws OsError `config-invalid` for a profile that NetworkManager would ignore, refuse or misread. */
export function checkProfile(profile: NetworkProfile): void {
  checkProfileName(profile.name);
  if (profile.interfaceName !== undefined) checkInterface(profile.interfaceName);
  checkLink(profile.link);
  checkIp(profile.ipv4, 4);
  checkIp(profile.ipv6, 6);
  const { priority } = profile;
  if (priority !== undefined && !(Number.isInteger(priority) && Math.abs(priority) <= 999))
    throw invalid('a priority is a whole number from -999 to 999');
  if (profile.ipv4.method === 'disabled' && profile.ipv6.method === 'disabled')
    throw invalid('a connection needs IPv4 or IPv6');
}
