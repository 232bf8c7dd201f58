import type { BrowsedDevice } from '../device/candidates.ts';
import type { KnownDevice } from '../device/known-devices.ts';
import type { Probe } from '../discovery/scan.ts';
import type { ScannedDevice } from '../discovery/scanned-device.ts';
import { isFileFailure } from '../state/file-failure.ts';
import { note, type Output } from '../ui/output.ts';
import { knownDevices } from './lookup.ts';
import { probeAddresses } from './probe.ts';

/** How long the quick scan listens when nothing answers; it ends earlier when something does. */
const quickScanMs = 2000;

/**
 * Remembers devices for the next time they are named. A state directory that cannot be written costs speed, not the
 * command: the failure is only told. Says whether it could.
 */
export async function rememberDevices(
  devices: readonly (Pick<ScannedDevice, 'host' | 'addresses' | 'identity'> &
    Partial<Pick<KnownDevice, 'uuid' | 'engineId'>>)[],
  output: Output,
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
    note(output, `devices are not remembered: ${error.message}`);
    return false;
  }
}

/** How long one device may take to tell who it is, where that alone can answer what was asked. */
const patientProbeMs = 10_000;

/**
 * Every device on the network, with its identity, remembered from now on. `isPatient` waits for slow devices to tell
 * their UUID. Throws OsError `network-unavailable`.
 */
export async function browse(
  signal: AbortSignal,
  output: Output,
  { isPatient = false } = {},
): Promise<BrowsedDevice[]> {
  const { scan } = await import('../discovery/scan.ts');
  let devices: ScannedDevice[] = [];
  const probe: Probe = isPatient
    ? (found, within) => probeAddresses(found, within, patientProbeMs)
    : probeAddresses;
  await scan(
    { signal, timeoutMs: quickScanMs, probe, ...(isPatient ? { probeTimeoutMs: patientProbeMs } : {}) },
    event => {
      if (event.type === 'done') ({ devices } = event);
    },
  );
  await rememberDevices(devices, output);
  return devices;
}
