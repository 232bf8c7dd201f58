import { ports } from '../net/ports.ts';
import type { DeviceRecord } from '../emulator/device/device-record.ts';
import { forgetHostKeys } from '../ssh/connect/host-keys.ts';
import { knownHostsName } from '../ssh/connect/known-hosts.ts';
import { emulatedHost } from './find/emulated.ts';
import { knownHostsFile } from './host/known-host-keys.ts';
import { knownDevices } from './memory.ts';

/**
 * Deletes stored facts about an emulated device whose keys this command itself destroyed: the next one of its name or
 * address is new, without a meaningless warning.
 */
export async function forgetEmulated(
  record: Pick<DeviceRecord, 'uuid' | 'address' | 'config'>,
): Promise<void> {
  const known = knownDevices();
  // A device with another UUID had the address on another network: its keys are still its own.
  const met = (await known.list()).filter(
    ({ uuid, addresses }) => uuid === record.uuid || (uuid === null && addresses.includes(record.address)),
  );
  const names = [
    record.address,
    emulatedHost(record),
    ...met.flatMap(({ host, addresses }) => [host, ...addresses]),
  ];
  await forgetHostKeys(
    knownHostsFile(),
    names.map(name => knownHostsName(name, ports.ssh)),
  );
  for (const device of met) await known.forget(device);
}
