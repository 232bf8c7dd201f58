/** Flags that describe the configuration of an image. */
import { Flags } from '@oclif/core';
import { readInputFile } from '../terminal/read-input-file.ts';
import { textOfGiven } from '../../state/given-file.ts';
import { readPassphrase, type ConfigurationText } from '../verbs/image/read-configuration.ts';

export const configurationFlags = {
  hostname: Flags.string({ description: 'host name of the device' }),
  'ssh-key': Flags.string({
    multiple: true,
    helpValue: 'KEY',
    description: 'public key, or a file of keys, that may log in as root',
  }),
  wifi: Flags.string({ helpValue: 'SSID', description: 'Wi-Fi network to join' }),
  'wifi-passphrase-file': Flags.string({
    helpValue: 'FILE',
    description: 'file with the passphrase of the Wi-Fi; - reads it from stdin',
    dependsOn: ['wifi'],
  }),
  ethernet: Flags.string({
    helpValue: 'ADDRESS/PREFIX[,GATEWAY]',
    description: 'fixed address of the Ethernet; auto: by DHCP',
  }),
  dns: Flags.string({ multiple: true, description: 'name server of the Ethernet', dependsOn: ['ethernet'] }),
  config: Flags.string({
    helpValue: 'FILE',
    description: 'config.json with values to set; the other flags override it',
  }),
  set: Flags.string({
    multiple: true,
    helpValue: 'KEY=VALUE',
    description: 'key of config.json, such as os.fan.profile',
  }),
  connection: Flags.string({
    multiple: true,
    helpValue: 'FILE',
    description: 'NetworkManager connection to copy',
  }),
  splash: Flags.string({ helpValue: 'PNG', description: 'logo shown while the device boots' }),
  development: Flags.boolean({
    allowNo: true,
    description: 'development mode: engine and root shell open to the network',
  }),
};

export interface ConfigurationFlags {
  readonly hostname: string | undefined;
  readonly 'ssh-key': string[] | undefined;
  readonly wifi: string | undefined;
  readonly 'wifi-passphrase-file': string | undefined;
  readonly ethernet: string | undefined;
  readonly dns: string[] | undefined;
  readonly config: string | undefined;
  readonly set: string[] | undefined;
  readonly connection: string[] | undefined;
  readonly splash: string | undefined;
  readonly development: boolean | undefined;
}

/** Reads the configuration that the flags request; undefined if none of them is given. */
export async function readConfigurationFlags(
  flags: ConfigurationFlags,
): Promise<ConfigurationText | undefined> {
  const file = flags['wifi-passphrase-file'];
  const text = {
    hostname: flags.hostname,
    sshKeys: flags['ssh-key'],
    wifi: flags.wifi,
    wifiPassphrase:
      file === undefined
        ? undefined
        : await readPassphrase(file, async () =>
            textOfGiven(await readInputFile('-'), 'the passphrase on stdin'),
          ),
    ethernet: flags.ethernet,
    nameServers: flags.dns,
    config: flags.config,
    set: flags.set,
    connections: flags.connection,
    splash: flags.splash,
    isDevelopment: flags.development,
  };
  return Object.values(text).every(value => value === undefined) ? undefined : text;
}
