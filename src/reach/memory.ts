/** The one place that remembers devices: the user's state directory. */
import path from 'node:path';
import { openKnownDevices, type KnownDevice, type KnownDevices } from '../device/known-devices.ts';
import { isFileFailure } from '../state/file-failure.ts';
import { stateDirectory } from '../state/paths.ts';

/** The known devices. */
export const knownDevices = (): KnownDevices => openKnownDevices(path.join(stateDirectory(), 'devices'));

/** A device with its present facts. */
export type ObservedDevice = Pick<KnownDevice, 'host' | 'addresses' | 'identity'> &
  Partial<Pick<KnownDevice, 'uuid' | 'engineId'>>;

/**
 * Stores devices for the next time they are named, except those without a name on the network. A state directory that
 * cannot be written costs speed, not the command, so the failure is only noted. Returns false if it could not.
 */
export async function rememberDevices(
  devices: readonly ObservedDevice[],
  note: (text: string) => void,
): Promise<boolean> {
  const known = knownDevices();
  const lastSeen = new Date().toISOString();
  try {
    for (const { host, addresses, identity, uuid, engineId = null } of devices)
      if (host.endsWith('.local'))
        await known.remember({
          uuid: identity?.uuid ?? uuid ?? null,
          host: host.toLowerCase(),
          addresses,
          identity,
          engineId,
          lastSeen,
        });
    return true;
  } catch (error) {
    if (!isFileFailure(error)) throw error;
    note(`devices are not remembered: ${error.message}`);
    return false;
  }
}
