import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readFileIfPresent, writeFileAtomic } from '../../state/atomic-file.ts';
import type { DeviceRecord, RequestedConfig } from './device-record.ts';
import { rememberSeeded, seedBoot } from './image-boot.ts';
import type { DevicePaths } from '../place.ts';
import type { Subnet } from '../network/subnet.ts';
import { gatewayOf } from '../network/subnet.ts';

export const osVersion = '2.0.0+rev2';

/** /etc/os-release as the OS of that version wrote it; standalone has no key of its own. */
export function osRelease(record: DeviceRecord): string {
  const isProduction = record.variant === 'production';
  return [
    'ID="resin-os"',
    'NAME="Resin OS"',
    `VERSION="${osVersion}"`,
    `VERSION_ID="${osVersion.replace(/\+.*/, '')}"`,
    `PRETTY_NAME="Resin OS ${osVersion}"`,
    `MACHINE="${record.deviceType}"`,
    `VARIANT="${isProduction ? 'Production' : 'Development'}"`,
    `VARIANT_ID="${isProduction ? 'prod' : 'dev'}"`,
    `SLUG="${record.deviceType}"`,
    '',
  ].join('\n');
}

/** A locally administered hardware address that stays with the device. */
export const macOf = (uuid: string): string => `02:${(uuid.slice(0, 10).match(/../g) ?? []).join(':')}`;

const architectures: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'amd64',
  arm64: 'aarch64',
  arm: 'armv7hf',
};

type Json = Record<string, unknown>;

const cloud = 'https://api.balena-cloud.invalid';

/** The settings by which a supervisor is a managed one. */
const cloudOf = ({ supervisorMode = 'none' }: DeviceRecord): Json | undefined =>
  supervisorMode === 'managed' || supervisorMode === 'local-mode' ? { apiEndpoint: cloud } : undefined;

/** config.json after `up`: what the user wrote into it stays. */
function planConfig(current: Json, record: DeviceRecord, wanted: RequestedConfig): Json {
  const os = current['os'] as Json | undefined;
  // A name of a cloud that the emulator wrote goes with the mode that it was for.
  const { apiEndpoint, ...others } = current;
  const kept = apiEndpoint === cloud || apiEndpoint === '' ? others : current;
  return {
    persistentLogging: false,
    developmentMode: record.variant !== 'production',
    ...(cloudOf(record) ?? {}),
    ...kept,
    deviceType: record.deviceType,
    uuid: record.uuid,
    ...(wanted.developmentMode === undefined ? {} : { developmentMode: wanted.developmentMode }),
    ...(wanted.hostname === undefined ? {} : { hostname: wanted.hostname }),
    ...(wanted.sshKeys === undefined ? {} : { os: { ...os, sshKeys: wanted.sshKeys } }),
  };
}

/**
 * Returns the next config.json, or undefined if the present one cannot be read: the device ignores it, and so does
 * this.
 */
export function planConfigText(
  current: string | undefined,
  record: DeviceRecord,
  wanted: RequestedConfig,
): string | undefined {
  const render = (config: Json): string => `${JSON.stringify(config, null, 2)}\n`;
  if (current === undefined) return render(planConfig({}, record, record.config));
  try {
    const parsed: unknown = JSON.parse(current);
    return typeof parsed === 'object' && parsed !== null
      ? render(planConfig(parsed as Json, record, wanted))
      : undefined;
  } catch {
    return undefined;
  }
}

const configOf = (paths: DevicePaths): string => path.join(paths.boot, 'config.json');

/** The device's config.json; empty if it is no JSON object, which the device ignores. */
async function readConfig(paths: DevicePaths): Promise<Json> {
  try {
    const config: unknown = JSON.parse((await readFileIfPresent(configOf(paths))) ?? '');
    return typeof config === 'object' && config !== null ? (config as Json) : {};
  } catch {
    return {};
  }
}

/** True if the device opens its engine's port, by the same rule as the OS's own scripts. */
export async function isEngineOpen(paths: DevicePaths): Promise<boolean> {
  return String((await readConfig(paths))['developmentMode']) === 'true';
}

/** True if the device's supervisor is managed, by the same rule as the supervisor's own. */
export async function namesCloud(paths: DevicePaths): Promise<boolean> {
  const { apiEndpoint = '' } = await readConfig(paths);
  return apiEndpoint !== '';
}

/** Reads the keys of the device's config.json that a request can set. */
export async function readConfigOf(paths: DevicePaths): Promise<RequestedConfig> {
  const { hostname, os } = await readConfig(paths);
  const sshKeys = typeof os === 'object' && os !== null && 'sshKeys' in os ? os.sshKeys : undefined;
  return {
    hostname: typeof hostname === 'string' ? hostname : undefined,
    sshKeys: Array.isArray(sshKeys) ? sshKeys.map(String) : [],
  };
}

async function writeBootDirectory(
  paths: DevicePaths,
  record: DeviceRecord,
  wanted: RequestedConfig,
): Promise<void> {
  await mkdir(paths.boot, { recursive: true });
  const isSeeded = await seedBoot(paths);
  await mkdir(path.join(paths.boot, 'system-connections'), { recursive: true });
  await mkdir(path.join(paths.boot, 'splash'), { recursive: true });
  const config = configOf(paths);
  const planned = planConfigText(await readFileIfPresent(config), record, wanted);
  if (planned !== undefined) await writeFileAtomic(config, planned, 0o644);
  if (isSeeded) await rememberSeeded(paths);
  const deviceType = {
    slug: record.deviceType,
    name: record.deviceType,
    arch: architectures[process.arch] ?? process.arch,
  };
  await writeFile(path.join(paths.boot, 'device-type.json'), `${JSON.stringify(deviceType)}\n`);
  await writeFile(path.join(paths.boot, 'os-release'), osRelease(record));
}

/** Writes everything a device reads when it boots. Keeps the files that the device wrote itself. */
export async function writeDeviceFiles(
  paths: DevicePaths,
  record: DeviceRecord,
  subnet: Subnet,
  wanted: RequestedConfig,
): Promise<void> {
  await writeBootDirectory(paths, record, wanted);
  for (const directory of [paths.state, paths.data]) {
    const isNew = (await mkdir(directory, { recursive: true, mode: 0o755 })) !== undefined;
    if (isNew) await writeFile(path.join(directory, 'remove_me_to_reset'), '');
  }
  await writeFile(paths.osRelease, osRelease(record));
  await writeFile(paths.ownOsRelease, osRelease(record));
  const board = {
    ADDRESS: record.address,
    PREFIX_LENGTH: subnet.prefixLength,
    GATEWAY: gatewayOf(subnet),
    MAC: macOf(record.uuid),
  };
  await writeFile(
    paths.board,
    Object.entries(board)
      .map(([key, value]) => `${key}=${value.toString()}\n`)
      .join(''),
  );
  await writeFile(
    paths.supervisorSettings,
    `SUPERVISOR_MAJOR=${(record.supervisorMajor ?? 19).toString()}\nSUPERVISOR_STARTS_IN_LOCAL_MODE=${String(record.supervisorMode === 'local-mode')}\n`,
  );
  await writeFile(paths.enginePort, `[Socket]\nListenStream=0.0.0.0:${record.enginePort.toString()}\n`);
}
