import type { EmulatedDevice } from '../../device/candidate.ts';
import { avahiLabel } from '../../device/target.ts';
import { readRecords, type DeviceRecord } from '../../emulator/device/device-record.ts';
import { isFileFailure } from '../../state/file-failure.ts';
import { stateDirectory } from '../../state/paths.ts';
import { isProcessAlive } from '../../state/process-identity.ts';

/** Returns the name on the network that an emulated device was created with, e.g. `63ec46c.local`. */
export function emulatedHost({ config, uuid }: Pick<DeviceRecord, 'config' | 'uuid'>): string {
  const hostname =
    config.hostname === undefined || config.hostname === '' ? uuid.slice(0, 7) : config.hostname;
  return `${avahiLabel(hostname)}.local`.toLowerCase();
}

const readAll = (): Promise<DeviceRecord[]> =>
  readRecords({ stateDirectory: stateDirectory(), cacheDirectory: '', resourceDirectory: '' });

/** Returns the names that the running emulated devices of this machine were made with, by address. */
export async function readEmulatedNames(): Promise<ReadonlyMap<string, string>> {
  try {
    const running = (await readAll()).filter(({ supervisor }) => isProcessAlive(supervisor));
    return new Map(running.map(({ address, name }) => [address, name]));
  } catch (error) {
    // Devices are found and listed without the emulator's files.
    if (!isFileFailure(error)) throw error;
    return new Map();
  }
}

/** Returns the emulated device of this machine that was created with `name`, else undefined. */
export async function findEmulated(name: string): Promise<EmulatedDevice | undefined> {
  try {
    const record = (await readAll()).find(one => one.name === name);
    return (
      record && {
        name,
        address: record.address,
        host: emulatedHost(record),
        uuid: record.uuid,
        isRunning: isProcessAlive(record.supervisor),
      }
    );
  } catch (error) {
    // The other ways to find a device do not depend on the emulator's files.
    if (!isFileFailure(error)) throw error;
    return undefined;
  }
}
