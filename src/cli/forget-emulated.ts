import { ports } from '../device/identity.ts';
import { avahiLabel } from '../device/target.ts';
import type { DeviceRecord } from '../emulator/device-record.ts';
import { forgetHostKeys } from '../ssh/host-keys.ts';
import { knownHostsName } from '../ssh/known-hosts.ts';
import { knownDevices } from './lookup.ts';
import { knownHostsFile } from './ssh-session.ts';

/**
 * Forgets what was known of an emulated device whose keys this command itself destroyed: the next one of its name or
 * address is met anew, without a warning that would mean nothing.
 */
export async function forgetEmulated(
  record: Pick<DeviceRecord, 'uuid' | 'address' | 'config'>,
): Promise<void> {
  const known = knownDevices();
  const met = (await known.list()).filter(
    ({ uuid, addresses }) => uuid === record.uuid || addresses.includes(record.address),
  );
  const hostname = record.config.hostname ?? record.uuid.slice(0, 7);
  const names = [
    record.address,
    `${avahiLabel(hostname)}.local`.toLowerCase(),
    ...met.flatMap(({ host, addresses }) => [host, ...addresses]),
  ];
  await forgetHostKeys(
    knownHostsFile(),
    names.map(name => knownHostsName(name, ports.ssh)),
  );
  for (const device of met) await known.forget(device);
}
