import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readFileIfPresent, writeFileAtomic } from '../state/atomic-file.ts';
import type { DeviceRecord, WantedConfig } from './device-record.ts';
import type { DevicePaths } from './place.ts';
import type { Subnet } from './subnet.ts';
import { gatewayOf } from './subnet.ts';

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

/** config.json after `up`: what the user wrote into it stays. */
function planConfig(current: Json, record: DeviceRecord, wanted: WantedConfig): Json {
  const os = current['os'] as Json | undefined;
  return {
    persistentLogging: false,
    developmentMode: record.variant !== 'production',
    ...current,
    deviceType: record.deviceType,
    uuid: record.uuid,
    ...(wanted.developmentMode === undefined ? {} : { developmentMode: wanted.developmentMode }),
    ...(wanted.hostname === undefined ? {} : { hostname: wanted.hostname }),
    ...(wanted.sshKeys === undefined ? {} : { os: { ...os, sshKeys: wanted.sshKeys } }),
  };
}

/** What config.json is to become, or undefined where it cannot be read: the device ignores it, and so do we. */
export function planConfigText(
  current: string | undefined,
  record: DeviceRecord,
  wanted: WantedConfig,
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

/** Whether the device opens its engine's port: as its own scripts decide it, from config.json. */
export async function isEngineOpen(paths: DevicePaths): Promise<boolean> {
  try {
    const config = JSON.parse((await readFileIfPresent(configOf(paths))) ?? '') as Json | null;
    return String(config?.['developmentMode']) === 'true';
  } catch {
    return false;
  }
}

async function writeBootDirectory(
  paths: DevicePaths,
  record: DeviceRecord,
  wanted: WantedConfig,
): Promise<void> {
  await mkdir(path.join(paths.boot, 'system-connections'), { recursive: true });
  await mkdir(path.join(paths.boot, 'splash'), { recursive: true });
  const config = configOf(paths);
  const planned = planConfigText(await readFileIfPresent(config), record, wanted);
  if (planned !== undefined) await writeFileAtomic(config, planned, 0o644);
  const deviceType = {
    slug: record.deviceType,
    name: record.deviceType,
    arch: architectures[process.arch] ?? process.arch,
  };
  await writeFile(path.join(paths.boot, 'device-type.json'), `${JSON.stringify(deviceType)}\n`);
  await writeFile(path.join(paths.boot, 'os-release'), osRelease(record));
}

/** Writes everything a device finds when it boots. What it wrote itself stays. */
export async function writeDeviceFiles(
  paths: DevicePaths,
  record: DeviceRecord,
  subnet: Subnet,
  wanted: WantedConfig,
): Promise<void> {
  await writeBootDirectory(paths, record, wanted);
  for (const directory of [paths.state, paths.data]) {
    const isNew = (await mkdir(directory, { recursive: true, mode: 0o755 })) !== undefined;
    if (isNew) await writeFile(path.join(directory, 'remove_me_to_reset'), '');
  }
  await writeFile(paths.osRelease, osRelease(record));
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
  await writeFile(paths.enginePort, `[Socket]\nListenStream=0.0.0.0:${record.enginePort.toString()}\n`);
}
