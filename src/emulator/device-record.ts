import { readdir } from 'node:fs/promises';
import { errnoOf, OsError } from '../core/errors.ts';
import { readFileIfPresent, writeFileAtomic } from '../state/atomic-file.ts';
import { explainFileFailure } from '../state/file-failure.ts';
import type { ProcessIdentity } from '../state/process-identity.ts';
import type { EmulatorPlace } from './place.ts';
import { devicePaths, devicesDirectory } from './place.ts';
import { findSubnet } from './subnet.ts';

export const variants = ['development', 'production', 'standalone'] as const;
export type EmulatedVariant = (typeof variants)[number];

/** Parts of config.json that are asked for; undefined leaves what is there. */
export interface WantedConfig {
  readonly hostname?: string | undefined;
  readonly sshKeys?: readonly string[] | undefined;
  readonly developmentMode?: boolean | undefined;
}

/** What is remembered of an emulated device; whether it runs is read off the machine. */
export interface DeviceRecord {
  readonly name: string;
  /** 32 hex digits. */
  readonly uuid: string;
  readonly variant: EmulatedVariant;
  readonly deviceType: string;
  readonly enginePort: number;
  /** CIDR of the network it is on. */
  readonly subnet: string;
  readonly address: string;
  /** What config.json held when the device was made; a reset brings it back. */
  readonly config: WantedConfig;
  /** The process that keeps it running, or null while it is down. */
  readonly supervisor: ProcessIdentity | null;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** The name systemd-nspawn knows a device by; its network link is `vb-` and this, which must fit 15 bytes. */
export const machineName = (record: Pick<DeviceRecord, 'uuid'>): string => `os-${record.uuid.slice(0, 8)}`;
export const linkName = (record: Pick<DeviceRecord, 'uuid'>): string => `vb-${machineName(record)}`;

const isDeviceName = (name: string): boolean => /^[a-z0-9][a-z0-9-]{0,39}$/.test(name);

/** Throws OsError `usage` where `name` cannot name a device: it becomes a directory. */
export function checkDeviceName(name: string): string {
  if (isDeviceName(name)) return name;
  throw new OsError('usage', `not a name for an emulated device: ${JSON.stringify(name)}`, {
    hint: 'use lower-case letters, digits and dashes',
  });
}

export async function writeRecord(place: EmulatorPlace, record: DeviceRecord): Promise<void> {
  await writeFileAtomic(devicePaths(place, record.name).record, `${JSON.stringify(record, null, 2)}\n`);
}

function isRecord(value: unknown): value is DeviceRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { address, config, enginePort, subnet, uuid, variant } = value as Record<string, unknown>;
  return (
    /^[0-9a-f]{32}$/.test(String(uuid)) &&
    (variants as readonly unknown[]).includes(variant) &&
    typeof enginePort === 'number' &&
    findSubnet(String(subnet)) !== undefined &&
    findSubnet(String(address)) !== undefined &&
    typeof config === 'object' &&
    config !== null
  );
}

/** The record of `name`, or undefined when there is no such device (or what is written there is none). */
export async function findRecord(place: EmulatorPlace, name: string): Promise<DeviceRecord | undefined> {
  const text = await readFileIfPresent(devicePaths(place, checkDeviceName(name)).record);
  if (text === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) && parsed.name === name ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Throws OsError `device-not-found`. */
export async function getRecord(place: EmulatorPlace, name: string): Promise<DeviceRecord> {
  const record = await findRecord(place, name);
  if (record !== undefined) return record;
  const names = (await readRecords(place)).map(one => one.name);
  throw new OsError('device-not-found', `no emulated device is named ${name}`, {
    hint:
      names.length === 0
        ? `make it with \`os emulator up ${name}\``
        : `there are: ${names.sort().join(', ')}`,
  });
}

export async function readRecords(place: EmulatorPlace): Promise<DeviceRecord[]> {
  let entries: string[];
  try {
    entries = await readdir(devicesDirectory(place));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw explainFileFailure(error, 'read', devicesDirectory(place));
  }
  // Other files, and locks, are no devices.
  const names = entries.filter(isDeviceName).sort();
  const records = await Promise.all(names.map(name => findRecord(place, name)));
  return records.filter(record => record !== undefined);
}
