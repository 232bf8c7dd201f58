/** Flags of `os network add`, and the profile that they describe. */
import { Flags } from '@oclif/core';
import { OsError } from '../../core/errors.ts';
import { readGivenFile } from '../../state/given-file.ts';
import { checkCertificate } from '../../host/network/check-certificate.ts';
import { certificatePath, type CertificateKind } from '../../host/network/certificates.ts';
import type { IpSettings, Link, NetworkProfile, WifiSecurity } from '../../host/network/profile.ts';

export const networkFlags = {
  ssid: Flags.string({ description: 'Wi-Fi: name of the network', helpGroup: 'WI-FI' }),
  'passphrase-file': Flags.string({
    description:
      'file on this machine that holds the passphrase, password or PIN; - reads stdin; a terminal is asked',
    helpValue: 'FILE',
    helpGroup: 'WI-FI',
  }),
  open: Flags.boolean({ description: 'the network has no passphrase', helpGroup: 'WI-FI' }),
  wpa3: Flags.boolean({
    description: 'join WPA3 alone; some boards (Raspberry Pi among them) cannot',
    helpGroup: 'WI-FI',
  }),
  hidden: Flags.boolean({ description: 'the network does not announce its name', helpGroup: 'WI-FI' }),
  eap: Flags.option({ options: ['peap', 'ttls', 'tls'] as const })({
    description: 'enterprise network: method of authentication',
    helpGroup: 'WI-FI',
  }),
  identity: Flags.string({ description: 'enterprise: the user', helpGroup: 'WI-FI' }),
  'anonymous-identity': Flags.string({
    description: 'enterprise: anonymous outer identity',
    helpGroup: 'WI-FI',
  }),
  ca: Flags.string({
    description: 'enterprise: PEM file on this machine with the CA of the network',
    helpValue: 'FILE',
    helpGroup: 'WI-FI',
  }),
  'no-verify': Flags.boolean({
    description: 'enterprise: trust any network of that name',
    helpGroup: 'WI-FI',
  }),
  certificate: Flags.string({
    description: "tls: PEM file with the device's certificate",
    helpValue: 'FILE',
    helpGroup: 'WI-FI',
  }),
  'private-key': Flags.string({
    description: 'tls: PEM file with its private key',
    helpValue: 'FILE',
    helpGroup: 'WI-FI',
  }),
  apn: Flags.string({ description: 'cellular: access point of the provider', helpGroup: 'CELLULAR' }),
  username: Flags.string({ description: 'cellular: user at the provider', helpGroup: 'CELLULAR' }),
  pin: Flags.boolean({
    description:
      'cellular: the SIM has a PIN, in --passphrase-file or asked for; a wrong one locks the SIM after three boots',
    helpGroup: 'CELLULAR',
  }),
  modem: Flags.string({
    description: 'cellular: id of the modem, where there are several',
    helpGroup: 'CELLULAR',
  }),
  vlan: Flags.integer({ description: 'VLAN: its id', helpGroup: 'ETHERNET' }),
  parent: Flags.string({
    description: 'VLAN: interface that it is on; default: eth0',
    helpGroup: 'ETHERNET',
  }),
  mac: Flags.string({ description: 'Ethernet: hardware address of the interface', helpGroup: 'ETHERNET' }),
  interface: Flags.string({ description: 'interface that the connection is for, e.g. eth0' }),
  ip: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'fixed address with the length of its prefix, IPv4 or IPv6; repeatable',
    helpValue: 'ADDRESS/LENGTH',
    helpGroup: 'ADDRESSES',
  }),
  gateway: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'gateway; one for IPv4 and one for IPv6',
    helpGroup: 'ADDRESSES',
  }),
  dns: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'address of a name server; repeatable',
    helpGroup: 'ADDRESSES',
  }),
  'no-ipv4': Flags.boolean({ description: 'no IPv4', helpGroup: 'ADDRESSES' }),
  'no-ipv6': Flags.boolean({ description: 'no IPv6', helpGroup: 'ADDRESSES' }),
  priority: Flags.integer({ description: 'of the connections that fit, the highest is used: -999 to 999' }),
  metered: Flags.option({ options: ['yes', 'no'] as const })({ description: 'traffic costs money' }),
  'no-autoconnect': Flags.boolean({ description: 'do not connect by itself' }),
};

export interface NetworkFlags {
  readonly ssid?: string | undefined;
  readonly open: boolean;
  readonly wpa3: boolean;
  readonly hidden: boolean;
  readonly eap?: 'peap' | 'ttls' | 'tls' | undefined;
  readonly identity?: string | undefined;
  readonly 'anonymous-identity'?: string | undefined;
  readonly ca?: string | undefined;
  readonly 'no-verify': boolean;
  readonly certificate?: string | undefined;
  readonly 'private-key'?: string | undefined;
  readonly apn?: string | undefined;
  readonly username?: string | undefined;
  readonly pin: boolean;
  readonly modem?: string | undefined;
  readonly vlan?: number | undefined;
  readonly parent?: string | undefined;
  readonly mac?: string | undefined;
  readonly interface?: string | undefined;
  readonly ip?: readonly string[] | undefined;
  readonly gateway?: readonly string[] | undefined;
  readonly dns?: readonly string[] | undefined;
  readonly 'no-ipv4': boolean;
  readonly 'no-ipv6': boolean;
  readonly priority?: number | undefined;
  readonly metered?: 'yes' | 'no' | undefined;
  readonly 'no-autoconnect': boolean;
}

/** A file of this machine that is copied to the device beside the profile. */
export interface ProfileFile {
  readonly path: string;
  readonly content: Buffer;
}

const usage = (message: string, hint?: string): OsError =>
  new OsError('usage', message, hint === undefined ? {} : { hint });

const isIpv6 = (address: string): boolean => address.includes(':');

function ipOf(flags: NetworkFlags, family: 4 | 6): IpSettings {
  const ofFamily = (values: readonly string[] | undefined): string[] =>
    (values ?? []).filter(value => isIpv6(value) === (family === 6));
  const [addresses, gateways, nameServers] = [flags.ip, flags.gateway, flags.dns].map(ofFamily) as [
    string[],
    string[],
    string[],
  ];
  if (gateways.length > 1) throw usage(`give one --gateway for IPv${family.toString()}`);
  if (gateways.length > 0 && addresses.length === 0)
    throw usage(`--gateway ${gateways[0] ?? ''} needs a fixed address: --ip`);
  if (flags[family === 4 ? 'no-ipv4' : 'no-ipv6']) {
    if (addresses.length > 0)
      throw usage(`--no-ipv${family.toString()} contradicts --ip ${addresses[0] ?? ''}`);
    return { method: 'disabled', nameServers: [] };
  }
  return addresses.length === 0
    ? { method: 'auto', nameServers }
    : { method: 'manual', fixed: { addresses, gateway: gateways[0] }, nameServers };
}

/** Prompts for, or reads, the one secret of a profile; undefined if none is available. */
export type ReadSecret = (what: string) => Promise<string | undefined>;

async function securityOf(
  name: string,
  flags: NetworkFlags,
  readSecret: ReadSecret,
  files: ProfileFile[],
): Promise<WifiSecurity> {
  if (flags.open) return { kind: 'open' };
  const need = async (what: string): Promise<string> => {
    const secret = await readSecret(what);
    if (secret === undefined)
      throw usage(`the ${what} is missing`, 'give --passphrase-file FILE, or - for stdin');
    return secret;
  };
  if (flags.eap === undefined)
    return { kind: flags.wpa3 ? 'wpa3' : 'wpa2', passphrase: await need('passphrase') };
  if (flags.ca === undefined ? !flags['no-verify'] : flags['no-verify'])
    throw usage(
      'an enterprise network is verified by its CA',
      'give --ca FILE, or --no-verify to trust any network of that name',
    );
  const place = async (file: string | undefined, kind: CertificateKind): Promise<string | undefined> => {
    if (file === undefined) return undefined;
    const path = certificatePath(name, kind);
    const content = await readGivenFile(file);
    checkCertificate(kind, content, file);
    files.push({ path, content });
    return path;
  };
  return {
    kind: 'enterprise',
    eap: flags.eap,
    identity: flags.identity ?? '',
    anonymousIdentity: flags['anonymous-identity'],
    password: flags.eap === 'tls' ? await readSecret('password of the private key') : await need('password'),
    caFile: await place(flags.ca, 'ca'),
    certificateFile: await place(flags.certificate, 'certificate'),
    privateKeyFile: await place(flags['private-key'], 'key'),
  };
}

async function linkOf(
  name: string,
  flags: NetworkFlags,
  readSecret: ReadSecret,
  files: ProfileFile[],
): Promise<Link> {
  const kinds = [flags.ssid, flags.vlan, flags.apn].filter(value => value !== undefined);
  if (kinds.length > 1)
    throw usage('--ssid, --vlan and --apn are of different kinds of connections: give one');
  if (flags.ssid !== undefined)
    return {
      kind: 'wifi',
      ssid: flags.ssid,
      isHidden: flags.hidden,
      security: await securityOf(name, flags, readSecret, files),
    };
  if (flags.apn !== undefined) {
    const secret =
      flags.pin || flags.username !== undefined
        ? await readSecret(flags.pin ? 'PIN of the SIM' : 'password')
        : undefined;
    return {
      kind: 'cellular',
      apn: flags.apn,
      username: flags.username,
      modem: flags.modem,
      ...(flags.pin ? { pin: secret } : { password: secret }),
    };
  }
  if (flags.vlan !== undefined) return { kind: 'vlan', parent: flags.parent ?? 'eth0', vlanId: flags.vlan };
  return { kind: 'ethernet', mac: flags.mac };
}

/** The profile that the flags describe, and the files that it names. Throws OsError `usage`. */
export async function readNetworkProfile(
  name: string,
  flags: NetworkFlags,
  readSecret: ReadSecret,
): Promise<{ readonly profile: NetworkProfile; readonly files: readonly ProfileFile[] }> {
  const files: ProfileFile[] = [];
  const profile: NetworkProfile = {
    name,
    ipv4: ipOf(flags, 4),
    ipv6: ipOf(flags, 6),
    interfaceName: flags.interface,
    isAutoconnected: !flags['no-autoconnect'],
    priority: flags.priority,
    isMetered: flags.metered === undefined ? undefined : flags.metered === 'yes',
    link: await linkOf(name, flags, readSecret, files),
  };
  return { profile, files };
}
