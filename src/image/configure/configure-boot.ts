/** The configuration of an image, written through the same port of files as that of a running device. */
import { changeConfig, configPath, decodeValidConfig } from '../../host/config/config-file.ts';
import { readConfigBytes } from '../../host/config/config-verbs.ts';
import { getJson } from '../../host/config/edit-json.ts';
import { formatKeyPath } from '../../host/config/key-path.ts';
import { maskSecrets } from '../../host/config/mask-secrets.ts';
import type { HostFiles } from '../../host/host-files.ts';
import { checkConnectionFile } from '../../host/network/check-connection-file.ts';
import { findFormerCertificates } from '../../host/network/certificates.ts';
import { formatKeyfile } from '../../host/network/keyfile.ts';
import type { NetworkProfile } from '../../host/network/profile.ts';
import { toKeyfile } from '../../host/network/to-keyfile.ts';
import { readOsVersion } from '../../host/os-version.ts';
import { readLogo, setSplash } from '../../host/splash/splash-files.ts';
import { isIgnoredConnection } from '../inspect/boot-facts.ts';

export interface ImageConfiguration {
  /** Values of config.json by path. */
  readonly values: readonly { readonly path: readonly string[]; readonly value: unknown }[];
  /** Public keys that are added to those that may log in. */
  readonly sshKeys: readonly string[];
  readonly profiles: readonly NetworkProfile[];
  /** NetworkManager connection files, as they are. */
  readonly connections: readonly { readonly name: string; readonly content: Uint8Array }[];
  /** A PNG. */
  readonly splash: Uint8Array | undefined;
}

/** One thing that was changed. Values are without secrets; null stands for what did not exist. */
export interface ConfiguredItem {
  /** `config.json hostname`, or a path on the boot partition. */
  readonly what: string;
  readonly before: unknown;
  readonly after: unknown;
}

export interface ConfigureReport {
  readonly changes: readonly ConfiguredItem[];
  /** Settings that were there before and may contradict the new ones, a sentence each. */
  readonly warnings: readonly string[];
}

const connectionsPath = '/mnt/boot/system-connections';

const sshKeysPath = ['os', 'sshKeys'] as const;

function withSshKeys(text: string, added: readonly string[]): ImageConfiguration['values'] {
  if (added.length === 0) return [];
  const present = getJson(text, sshKeysPath);
  const keys = Array.isArray(present) ? present.filter((key): key is string => typeof key === 'string') : [];
  return [{ path: sshKeysPath, value: [...new Set([...keys, ...added])] }];
}

async function configureJson(
  files: HostFiles,
  { values, sshKeys }: ImageConfiguration,
  signal: AbortSignal,
): Promise<readonly ConfiguredItem[]> {
  const set = (text: string, changes: ImageConfiguration['values']): string =>
    changes.reduce((changed, { path, value }) => changeConfig(changed, { kind: 'set', path, value }), text);
  const before = decodeValidConfig(await readConfigBytes(files, signal));
  const withValues = set(before, values);
  const keys = withSshKeys(withValues, sshKeys);
  const after = set(withValues, keys);
  if (after === before) return [];
  await files.writeAtomically(configPath, Buffer.from(after), { mode: 0o644, signal });
  // Of several values for one key, the last one is set.
  const last = new Map([...values, ...keys].map(it => [formatKeyPath(it.path), it]));
  return [...last.values()].flatMap(({ path, value }) => {
    const old = getJson(before, path);
    return JSON.stringify(old) === JSON.stringify(value)
      ? []
      : [
          {
            what: `config.json ${formatKeyPath(path)}`,
            before: old === undefined ? null : maskSecrets(old, path),
            after: maskSecrets(value, path),
          },
        ];
  });
}

async function configureConnections(
  files: HostFiles,
  { profiles, connections }: ImageConfiguration,
  signal: AbortSignal,
): Promise<readonly ConfiguredItem[]> {
  const all = [
    ...profiles.map(profile => ({
      name: profile.name,
      content: Buffer.from(formatKeyfile(toKeyfile(profile))),
    })),
    ...connections.map(({ name, content }) => {
      checkConnectionFile(name, content);
      return { name, content: Buffer.from(content) };
    }),
  ];
  const changes: ConfiguredItem[] = [];
  const replaced: { readonly name: string; readonly before: Buffer; readonly text: string }[] = [];
  for (const { name, content } of all) {
    const path = `${connectionsPath}/${name}`;
    const before = await files.read(path, { signal });
    if (before?.equals(content) === true) continue;
    await files.writeAtomically(path, content, { mode: 0o600, signal });
    if (before !== undefined) replaced.push({ name, before, text: content.toString('utf8') });
    changes.push({
      what: `system-connections/${name}`,
      before: before === undefined ? null : 'another connection',
      after: 'written',
    });
  }
  // Once all are written: one of them may name a certificate of another.
  for (const { name, before, text } of replaced) {
    const former = { profiles: [{ content: before }], text };
    for (const path of await findFormerCertificates(files, name, former, signal)) {
      await files.remove(path, { signal });
      changes.push({
        what: path.slice('/mnt/boot/'.length),
        before: 'of the connection before',
        after: 'removed',
      });
    }
  }
  return changes;
}

/** Sets the logo as `os splash set` does: that of the OS is kept, so that it can be restored. */
async function configureSplash(
  files: HostFiles,
  { splash }: ImageConfiguration,
  signal: AbortSignal,
): Promise<readonly ConfiguredItem[]> {
  if (splash === undefined) return [];
  const osVersion = await readOsVersion(files, signal);
  const before = await readLogo(files, osVersion, signal);
  if (before?.equals(splash) === true) return [];
  const { path } = await setSplash(files, Buffer.from(splash), osVersion, signal);
  return [
    {
      what: path.slice('/mnt/boot/'.length),
      before: before === undefined ? null : `${before.length.toString()} bytes`,
      after: `${splash.length.toString()} bytes`,
    },
  ];
}

/** Returns settings of the image that may contradict the request. */
async function findContradictions(
  files: HostFiles,
  configuration: ImageConfiguration,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const warnings: string[] = [];
  const text = decodeValidConfig(await readConfigBytes(files, signal));
  const isSet = (key: string): boolean => configuration.values.some(({ path }) => path.join('.') === key);
  const newNames = [...configuration.profiles, ...configuration.connections].map(({ name }) => name);
  if (newNames.length > 0)
    for (const { name, kind } of await files.list(connectionsPath, { signal }))
      if (kind === 'file' && !isIgnoredConnection(name) && !newNames.includes(name))
        warnings.push(`the connection ${name} is in the image already, and stays`);
  if (isSet('wifiSsid'))
    warnings.push(
      'wifiSsid and wifiKey of config.json have no effect since version 2 of the OS: name the Wi-Fi by --wifi',
    );
  if (getJson(text, ['apiEndpoint']) !== undefined || isSet('apiEndpoint'))
    warnings.push('the image is configured for a cloud (apiEndpoint): its supervisor manages the device');
  if (getJson(text, ['uuid']) !== undefined && !isSet('uuid'))
    warnings.push('the image has a uuid: every device flashed from it claims to be the same one');
  return warnings;
}

/** Writes `configuration` through `files`. Throws OsError `config-invalid` for a value that the OS does not accept. */
export async function configureBoot(
  files: HostFiles,
  configuration: ImageConfiguration,
  signal: AbortSignal,
): Promise<ConfigureReport> {
  const warnings = await findContradictions(files, configuration, signal);
  return {
    changes: [
      ...(await configureJson(files, configuration, signal)),
      ...(await configureConnections(files, configuration, signal)),
      ...(await configureSplash(files, configuration, signal)),
    ],
    warnings,
  };
}
