/** The keys of config.json that the OS reads, as data (meta-balena README and units.conf, os-config, balena-supervisor). */
import {
  checkCount,
  checkCountry,
  checkHostname,
  checkNameServers,
  checkPort,
  checkRootCa,
  checkRules,
  checkSeconds,
  checkSshKeys,
  checkTimeServers,
  checkUrl,
  checkUuid,
  oneOf,
  type Check,
} from './check-value.ts';

interface KeyFacts {
  readonly key: string;
  readonly summary: string;
  /** The units that the OS restarts when the value changes; empty if a reboot is needed, or nothing reads it live. */
  readonly restarts: readonly string[];
  /** True if the value takes effect with the next boot. */
  readonly needsReboot?: true;
  /** True if a bad value can lock this machine out of the device. */
  readonly isReach?: true;
  /** Shown only on explicit request. */
  readonly isSecret?: true;
  /** Written by the cloud that manages a device. */
  readonly isCloud?: true;
}

export type ConfigKey = KeyFacts &
  (
    | { readonly type: 'string'; readonly check?: Check<string> }
    | { readonly type: 'number'; readonly check?: Check<number> }
    | { readonly type: 'boolean' }
    | { readonly type: 'string[]'; readonly check?: Check<readonly string[]> }
    /** Named texts; a dotted key with one more name is one of them. */
    | { readonly type: 'texts'; readonly check?: Check<Readonly<Record<string, string>>> }
  );

export type ConfigType = ConfigKey['type'];

const cloud = (key: string, summary: string, type: 'string' | 'number' = 'string'): ConfigKey => ({
  key,
  type,
  summary,
  restarts: [],
  isCloud: true,
});

const secret = (key: string, summary: string, restarts: readonly string[]): ConfigKey => ({
  key,
  type: 'string',
  summary,
  restarts,
  isCloud: true,
  isSecret: true,
});

const installer = (key: string, type: 'boolean' | 'string', summary: string): ConfigKey => ({
  key: `installer.${key}`,
  type,
  summary,
  restarts: [],
});

export const configKeys: readonly ConfigKey[] = [
  {
    key: 'hostname',
    type: 'string',
    check: checkHostname,
    summary: 'name on the network; empty: the first 7 characters of the UUID',
    restarts: ['balena-hostname', 'avahi-daemon', 'dnsmasq', 'balena'],
    isReach: true,
  },
  {
    key: 'developmentMode',
    type: 'boolean',
    summary: "open the engine's port and login as root without a password",
    restarts: ['development-features', 'balena'],
    isReach: true,
  },
  {
    key: 'persistentLogging',
    type: 'boolean',
    summary: 'keep the journal over reboots',
    restarts: [],
    needsReboot: true,
  },
  {
    key: 'country',
    type: 'string',
    check: checkCountry,
    summary: 'country whose Wi-Fi rules apply (ISO 3166, two letters)',
    restarts: ['balena-net-config'],
  },
  {
    key: 'ntpServers',
    type: 'string',
    check: checkTimeServers,
    summary: 'time servers, separated by blanks',
    restarts: ['balena-ntp-config'],
  },
  {
    key: 'dnsServers',
    type: 'string',
    check: checkNameServers,
    summary: 'addresses of name servers, separated by blanks; the text null: none',
    restarts: ['balena-net-config', 'dnsmasq'],
  },
  {
    key: 'os.sshKeys',
    type: 'string[]',
    check: checkSshKeys,
    summary: 'public keys that may log in as root',
    restarts: ['os-sshkeys'],
    isReach: true,
  },
  {
    key: 'os.udevRules',
    type: 'texts',
    check: checkRules,
    summary: 'udev rules by the name of their file',
    restarts: ['os-udevrules'],
  },
  {
    key: 'os.network.wifi.randomMacAddressScan',
    type: 'boolean',
    summary: 'use a random hardware address while scanning for Wi-Fi',
    restarts: ['os-networkmanager'],
  },
  {
    key: 'os.network.connectivity.uri',
    type: 'string',
    check: checkUrl,
    summary: 'page that shows whether the internet is reached; the text null: no check',
    restarts: ['os-networkmanager'],
  },
  {
    key: 'os.network.connectivity.interval',
    type: 'string',
    check: checkSeconds,
    summary: 'seconds between connectivity checks; 0: none',
    restarts: ['os-networkmanager'],
  },
  {
    key: 'os.network.connectivity.response',
    type: 'string',
    summary: 'answer that the connectivity page has to give',
    restarts: ['os-networkmanager'],
  },
  {
    key: 'os.fan.profile',
    type: 'string',
    check: oneOf('quiet', 'cool'),
    summary: 'fan of a Jetson Orin: quiet or cool',
    restarts: ['os-fan-profile'],
  },
  {
    key: 'os.power.mode',
    type: 'string',
    check: oneOf('low', 'mid', 'high'),
    summary: 'power mode of a Jetson: low, mid or high',
    restarts: [],
    needsReboot: true,
  },
  {
    key: 'os.kernel.extraFirmwareVol',
    type: 'string',
    summary: 'volume that holds further firmware',
    restarts: ['os-extra-firmware'],
  },
  {
    key: 'uuid',
    type: 'string',
    check: checkUuid,
    summary: 'identity of the device',
    restarts: [],
    needsReboot: true,
    isReach: true,
  },
  { key: 'deviceType', type: 'string', summary: 'kind of board', restarts: [] },
  { key: 'initialDeviceName', type: 'string', summary: 'name that a cloud shows at first', restarts: [] },
  {
    key: 'listenPort',
    type: 'number',
    check: checkPort,
    summary: 'port of the supervisor; 48484 by default',
    restarts: ['balena-supervisor'],
  },
  {
    key: 'balenaRootCA',
    type: 'string',
    check: checkRootCa,
    summary: 'further root certificate: PEM, encoded as base64',
    restarts: ['balena-supervisor'],
  },
  {
    key: 'apiTimeout',
    type: 'number',
    check: checkCount,
    summary: "time limit of the supervisor's requests in ms",
    restarts: [],
  },
  {
    key: 'appUpdatePollInterval',
    type: 'number',
    check: checkCount,
    summary: 'time between polls of the cloud in ms',
    restarts: [],
  },
  {
    key: 'bootstrapRetryDelay',
    type: 'number',
    check: checkCount,
    summary: 'time between attempts to register in ms',
    restarts: [],
  },
  installer('secureboot', 'boolean', 'let a flasher image set up secure boot'),
  installer('migrate.force', 'boolean', 'let a flasher image replace the OS that it runs on'),
  installer('target_devices', 'string', 'disks that a flasher image may write to'),
  cloud('apiEndpoint', 'cloud that manages the device; absent: unmanaged'),
  cloud('deltaEndpoint', 'deltas of the cloud'),
  cloud('registryEndpoint', 'registry of the cloud'),
  cloud('vpnEndpoint', 'VPN of the cloud'),
  cloud('logsEndpoint', 'logs of the cloud'),
  cloud('applicationId', 'fleet in the cloud', 'number'),
  cloud('deviceId', 'device in the cloud', 'number'),
  cloud('userId', 'user in the cloud', 'number'),
  cloud('username', 'user in the cloud'),
  cloud('registered_at', 'time of registration', 'number'),
  secret('mixpanelToken', 'token of the cloud', []),
  secret('apiKey', 'key of the cloud', ['prepare-openvpn']),
  secret('deviceApiKey', "the device's key of the cloud", []),
];

/** Returns the key that `path` names: a key of the table, or one text of a key that contains texts. */
export function findConfigKey(path: readonly string[]): ConfigKey | undefined {
  const name = path.join('.');
  return configKeys.find(
    ({ key, type }) => key === name || (type === 'texts' && path.length === 3 && name.startsWith(`${key}.`)),
  );
}
