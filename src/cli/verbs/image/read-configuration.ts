import path from 'node:path';
import { OsError } from '../../../core/errors.ts';
import { readGivenFile, readGivenText } from '../../../state/given-file.ts';
import { parseKeyPath } from '../../../host/config/key-path.ts';
import { readConfigValue } from '../../../host/config/read-value.ts';
import { problemOfPublicKey } from '../../../host/config/ssh-public-key.ts';
import { checkProfile } from '../../../host/network/check-profile.ts';
import type { IpSettings, NetworkProfile } from '../../../host/network/profile.ts';
import type { ImageConfiguration } from '../../../image/configure/configure-boot.ts';
import { readConfigFile } from './read-config-file.ts';

/** The requested configuration, as text. */
export interface ConfigurationText {
  readonly hostname?: string | undefined;
  /** Public keys, or files of them. */
  readonly sshKeys?: readonly string[] | undefined;
  readonly wifi?: string | undefined;
  readonly wifiPassphrase?: string | undefined;
  /** `auto`, or `ADDRESS/PREFIX[,GATEWAY]`. */
  readonly ethernet?: string | undefined;
  readonly nameServers?: readonly string[] | undefined;
  /** A file like config.json, whose values are set first. */
  readonly config?: string | undefined;
  /** `key=value` of config.json. */
  readonly set?: readonly string[] | undefined;
  /** Files of NetworkManager connections. */
  readonly connections?: readonly string[] | undefined;
  readonly splash?: string | undefined;
  readonly isDevelopment?: boolean | undefined;
}

/** The keys in `text`, which is a key or names a file of keys. */
async function readSshKeys(text: string): Promise<readonly string[]> {
  if (problemOfPublicKey(text) === undefined) return [text.trim()];
  const lines = (await readGivenText(text, { what: 'the public key' })).split('\n');
  const keys = lines.map(line => line.trim()).filter(line => line !== '' && !line.startsWith('#'));
  for (const key of keys) {
    const problem = problemOfPublicKey(key);
    if (problem !== undefined)
      throw new OsError('usage', `${text} is not a public key: ${problem}`, {
        hint: 'name the file that ends in .pub',
      });
  }
  return keys;
}

function readAssignment(text: string): { readonly path: readonly string[]; readonly value: unknown } {
  const at = text.indexOf('=');
  if (at <= 0)
    throw new OsError('usage', `not key=value: ${JSON.stringify(text)}`, {
      hint: 'write it like ntpServers=pool.example.org',
    });
  const keyPath = parseKeyPath(text.slice(0, at));
  return {
    path: keyPath,
    value: readConfigValue({
      path: keyPath,
      texts: [text.slice(at + 1)],
      anyway: '`os config set KEY VALUE --type TYPE --on IMAGE` sets any key',
    }),
  };
}

const automatic = (nameServers: readonly string[]): IpSettings => ({ method: 'auto', nameServers });

function readIpv4(text: string, nameServers: readonly string[]): IpSettings {
  if (text === 'auto') return automatic(nameServers);
  const [address = '', gateway] = text.split(',');
  return { method: 'manual', fixed: { addresses: [address], gateway }, nameServers };
}

function readProfiles(text: ConfigurationText): readonly NetworkProfile[] {
  const { wifi, wifiPassphrase, ethernet, nameServers = [] } = text;
  const common = { ipv6: automatic([]), isAutoconnected: true };
  if (wifi === undefined && wifiPassphrase !== undefined)
    throw new OsError('usage', 'a passphrase is given, and no Wi-Fi', {
      hint: 'name the network by --wifi SSID',
    });
  return [
    ...(wifi === undefined
      ? []
      : [
          {
            ...common,
            name: 'os-wifi',
            link: {
              kind: 'wifi' as const,
              ssid: wifi,
              isHidden: false,
              security:
                wifiPassphrase === undefined
                  ? { kind: 'open' as const }
                  : { kind: 'wpa2' as const, passphrase: wifiPassphrase },
            },
            ipv4: automatic([]),
          },
        ]),
    ...(ethernet === undefined
      ? []
      : [
          {
            ...common,
            name: 'os-ethernet',
            link: { kind: 'ethernet' as const },
            ipv4: readIpv4(ethernet, nameServers),
          },
        ]),
  ];
}

/** Parses the requested configuration and reads the files it names. Throws OsError `usage` or `config-invalid`. */
export async function readConfiguration(text: ConfigurationText): Promise<ImageConfiguration> {
  const sshKeys: string[] = [];
  for (const key of text.sshKeys ?? []) sshKeys.push(...(await readSshKeys(key)));
  const connections: { readonly name: string; readonly content: Uint8Array }[] = [];
  for (const file of text.connections ?? [])
    connections.push({
      name: path.basename(file),
      content: await readGivenFile(file, { what: 'the connection' }),
    });
  const { hostname, isDevelopment } = text;
  const profiles = readProfiles(text);
  for (const profile of profiles) checkProfile(profile);
  return {
    values: [
      ...(text.config === undefined ? [] : await readConfigFile(text.config)),
      ...(hostname === undefined ? [] : [readAssignment(`hostname=${hostname}`)]),
      ...(isDevelopment === undefined ? [] : [{ path: ['developmentMode'], value: isDevelopment }]),
      ...(text.set ?? []).map(readAssignment),
    ],
    sshKeys,
    profiles,
    connections,
    splash: text.splash === undefined ? undefined : await readGivenFile(text.splash, { what: 'the splash' }),
  };
}

/** The passphrase in a file, or on stdin for `-`, without the end of its line. */
export async function readPassphrase(file: string, readStdin: () => Promise<string>): Promise<string> {
  const text = file === '-' ? await readStdin() : await readGivenText(file, { what: 'the passphrase' });
  return text.replace(/\r?\n$/, '');
}
