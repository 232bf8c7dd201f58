import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { errnoOf, OsError } from '../../core/errors.ts';
import { readFileIfPresent, writeFileAtomic } from '../../state/atomic-file.ts';
import { explainFileFailure } from '../../state/file-failure.ts';
import type { ProcessIdentity } from '../../state/process-identity.ts';
import type { EmulatorPlace } from '../place.ts';
import { devicePaths, devicesDirectory } from '../place.ts';
import { findIPv4Network } from '../../net/ipv4.ts';
import type { Major } from '../supervisor/versions.ts';

export const variants = ['development', 'production', 'standalone'] as const;
export type EmulatedVariant = (typeof variants)[number];

/** `managed`: config.json names a cloud, and local mode is off; `local-mode`: the same, with local mode on. */
export const supervisorModes = ['none', 'unmanaged', 'managed', 'local-mode'] as const;
export type EmulatedSupervisorMode = (typeof supervisorModes)[number];
export { majors as supervisorMajors } from '../supervisor/versions.ts';

/** Parts of config.json that are asked for; undefined leaves what is there. */
export interface RequestedConfig {
  readonly hostname?: string | undefined;
  readonly sshKeys?: readonly string[] | undefined;
  readonly developmentMode?: boolean | undefined;
}

/** Facts stored about an emulated device. Its state is read from the machine instead. */
export interface DeviceRecord {
  readonly name: string;
  /** 32 hex digits. */
  readonly uuid: string;
  /**
   * The device's name on this machine, and that of its control groups. Random, so that devices of other state
   * directories never share it, whatever their uuid. Missing in records of earlier versions.
   */
  readonly machine?: string | undefined;
  readonly variant: EmulatedVariant;
  /** The on-device supervisor that it runs. Missing in records of earlier versions: none. */
  readonly supervisorMode?: EmulatedSupervisorMode | undefined;
  readonly supervisorMajor?: Major | undefined;
  readonly deviceType: string;
  readonly enginePort: number;
  /** CIDR of the network it is on. */
  readonly subnet: string;
  readonly address: string;
  /** config.json as the device was created with it; a reset restores it. */
  readonly config: RequestedConfig;
  /** The process that keeps it running, or null while it is down. */
  readonly supervisor: ProcessIdentity | null;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** The name systemd-nspawn knows a device by; its network link is `vb-` and this, which must fit 15 bytes. */
export const machineName = ({ machine, uuid }: Pick<DeviceRecord, 'uuid' | 'machine'>): string =>
  machine ?? `os-${uuid.slice(0, 8)}`;
export const linkName = (record: Pick<DeviceRecord, 'uuid' | 'machine'>): string =>
  `vb-${machineName(record)}`;

/** A name for a device's machine that no other device has. */
export const generateMachineName = (): string => `os-${randomBytes(4).toString('hex')}`;

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
  const { address, config, enginePort, machine, subnet, uuid, variant } = value as Record<string, unknown>;
  return (
    /^[0-9a-f]{32}$/.test(String(uuid)) &&
    (machine === undefined || (typeof machine === 'string' && /^os-[0-9a-f]{8}$/.test(machine))) &&
    (variants as readonly unknown[]).includes(variant) &&
    typeof enginePort === 'number' &&
    findIPv4Network(String(subnet)) !== undefined &&
    findIPv4Network(String(address)) !== undefined &&
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
