import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../core/errors.ts';
import { readMemory, writeFileAtomic } from '../state/atomic-file.ts';
import type { DeviceIdentity } from './identity.ts';

/**
 * A device that a command connected to before. One file a device, replaced as a whole, so that two processes never
 * corrupt each other's writes.
 */
export interface KnownDevice {
  readonly uuid: string | null;
  /** Its name on the network, e.g. `mydevice.local`. */
  readonly host: string;
  /** Last seen addresses, best first. */
  readonly addresses: string[];
  readonly identity: DeviceIdentity | null;
  /** Its engine's own id, if it was reached by its engine. */
  readonly engineId?: string | null;
  /** ISO 8601. */
  readonly lastSeen: string;
}

export interface KnownDevices {
  list(): Promise<KnownDevice[]>;
  remember(device: KnownDevice): Promise<void>;
  forget(device: KnownDevice): Promise<void>;
}

/** The id of a device's engine, wherever it was learnt. */
export const engineIdOf = (device: Pick<KnownDevice, 'engineId' | 'identity'>): string | null =>
  device.engineId ?? device.identity?.engine?.id ?? null;

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
function fileNameOf({ uuid, host }: Pick<KnownDevice, 'uuid' | 'host'>): string {
  // Half of a surrogate pair, which JSON may hold, cannot be encoded.
  const text = Buffer.from(uuid === null ? `host-${host}` : `uuid-${uuid}`).toString();
  return `${encodeURIComponent(text).slice(0, 200)}.json`;
}

async function readKnown(file: string): Promise<KnownDevice | undefined> {
  const text = await readMemory(file);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isKnownDevice(value) ? value : undefined;
  } catch {
    // A file that cannot be read counts as missing: the device is treated as new.
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
    return devices.filter(device => device !== undefined).sort((a, b) => (a.lastSeen > b.lastSeen ? -1 : 1));
  };
  return {
    list,
    async remember(met) {
      const isAnotherEngine = (one: KnownDevice): boolean => {
        const [before, now] = [engineIdOf(one), engineIdOf(met)];
        return before !== null && now !== null && before !== now;
      };
      // A device known by name alone is the one with the known UUID if an address and the engine agree: names and
      // addresses are reassigned to other devices.
      const isSame = (one: KnownDevice): boolean =>
        one.host === met.host &&
        one.addresses.some(address => met.addresses.includes(address)) &&
        !isAnotherEngine(one);
      const namesake = met.uuid === null ? (await list()).find(isSame) : undefined;
      const device = { ...met, uuid: met.uuid ?? namesake?.uuid ?? null };
      const stored = namesake ?? (await readKnown(fileOf(device)));
      // A device without a UUID whose engine differs from the stored one is another device: nothing stored applies.
      const before =
        stored === undefined || (device.uuid === null && isAnotherEngine(stored)) ? undefined : stored;
      const identity = device.identity ?? before?.identity ?? null;
      const engineId = engineIdOf(device) ?? before?.engineId ?? null;
      const whole = { ...device, identity, engineId };
      await writeFileAtomic(fileOf(device), `${JSON.stringify(whole, null, 2)}\n`);
      if (device.uuid !== null) await rm(fileOf({ uuid: null, host: device.host }), { force: true });
    },
    async forget(device) {
      await rm(fileOf(device), { force: true });
    },
  };
}
