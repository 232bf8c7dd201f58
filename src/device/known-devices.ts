import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../core/errors.ts';
import { readMemory, writeFileAtomic } from '../state/atomic-file.ts';
import type { DeviceIdentity } from './identity.ts';

/** A device met before. One file a device, replaced whole, so that two processes never spoil each other's writes. */
export interface KnownDevice {
  uuid: string | null;
  /** Its name on the network, e.g. `mydevice.local`. */
  host: string;
  /** Last seen addresses, best first. */
  addresses: string[];
  identity: DeviceIdentity | null;
  /** Its engine's own id, where it was reached by its engine. */
  engineId?: string | null;
  /** ISO 8601. */
  lastSeen: string;
}

export interface KnownDevices {
  list(): Promise<KnownDevice[]>;
  remember(device: KnownDevice): Promise<void>;
  forget(device: KnownDevice): Promise<void>;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

function isKnownDevice(value: unknown): value is KnownDevice {
  if (typeof value !== 'object' || value === null) return false;
  const { uuid, host, addresses, identity, lastSeen } = value as Record<string, unknown>;
  return (
    (uuid === null || isText(uuid)) &&
    isText(host) &&
    isText(lastSeen) &&
    typeof identity === 'object' &&
    Array.isArray(addresses) &&
    addresses.every(isText)
  );
}

/** A file name for anything a device may call itself. */
const fileNameOf = (device: Pick<KnownDevice, 'uuid' | 'host'>): string =>
  `${encodeURIComponent(device.uuid === null ? `host-${device.host}` : `uuid-${device.uuid}`).slice(0, 200)}.json`;

async function readKnown(file: string): Promise<KnownDevice | undefined> {
  const text = await readMemory(file);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isKnownDevice(value) ? value : undefined;
  } catch {
    // A memory that cannot be read is no memory: the device is simply met anew.
    return undefined;
  }
}

/** The devices remembered in `directory` (created when the first is remembered), most recently seen first. */
export function openKnownDevices(directory: string): KnownDevices {
  const fileOf = (device: Pick<KnownDevice, 'uuid' | 'host'>): string =>
    path.join(directory, fileNameOf(device));
  const list = async (): Promise<KnownDevice[]> => {
    let names: string[];
    try {
      names = await readdir(directory);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return [];
    }
    const files = names.filter(name => name.endsWith('.json'));
    const devices = await Promise.all(files.map(name => readKnown(path.join(directory, name))));
    return devices
      .filter(device => device !== undefined)
      .sort((a, b) => b.lastSeen.localeCompare(a.lastSeen));
  };
  return {
    list,
    async remember(met) {
      // Met by its name alone, it is one whose UUID is known where an address agrees; names are given anew.
      const isSame = (one: KnownDevice): boolean =>
        one.host === met.host && one.addresses.some(address => met.addresses.includes(address));
      const namesake = met.uuid === null ? (await list()).find(isSame) : undefined;
      const device = { ...met, uuid: met.uuid ?? namesake?.uuid ?? null };
      const before = namesake ?? (await readKnown(fileOf(device)));
      const identity = device.identity ?? before?.identity ?? null;
      const engineId = device.engineId ?? device.identity?.engine?.id ?? before?.engineId ?? null;
      const whole = { ...device, identity, engineId };
      await writeFileAtomic(fileOf(device), `${JSON.stringify(whole, null, 2)}\n`);
      if (device.uuid !== null) await rm(fileOf({ uuid: null, host: device.host }), { force: true });
    },
    async forget(device) {
      await rm(fileOf(device), { force: true });
    },
  };
}
