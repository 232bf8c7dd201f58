import type { BrowsedDevice } from '../../device/candidate.ts';
import type { Probe } from '../../discovery/scan/scan.ts';
import type { ScannedDevice } from '../../discovery/scan/scanned-device.ts';
import { rememberDevices } from '../memory.ts';
import type { ReachContext } from '../reach-context.ts';
import { readEmulatedNames } from './emulated.ts';
import { probeAddresses } from './probe.ts';

/** Milliseconds for which the quick scan listens when nothing answers; it ends earlier when something does. */
const quickScanMs = 2000;

/** Time limit for one device to report its UUID, when only the UUID can answer the request. */
const patientProbeMs = 10_000;

export interface BrowseOptions {
  /** True to wait for slow devices' UUIDs. */
  readonly isPatient?: boolean;
  /** Called with all devices found so far when one appears, changes or disappears. */
  readonly onChange?: ((devices: readonly BrowsedDevice[]) => void) | undefined;
}

/** Every device on the network, with its identity, remembered from now on. Throws OsError `network-unavailable`. */
export async function browse(
  signal: AbortSignal,
  { note }: Pick<ReachContext, 'note'>,
  { isPatient = false, onChange }: BrowseOptions = {},
): Promise<BrowsedDevice[]> {
  const { scan } = await import('../../discovery/scan/scan.ts');
  const devices = new Map<string, ScannedDevice>();
  let found: readonly ScannedDevice[] = [];
  const probe: Probe = isPatient
    ? (device, innerSignal) => probeAddresses(device, innerSignal, patientProbeMs)
    : probeAddresses;
  const patience = isPatient ? { probeTimeoutMs: patientProbeMs } : {};
  const names = await readEmulatedNames();
  await scan({ signal, timeoutMs: quickScanMs, probe, names, ...patience }, event => {
    switch (event.type) {
      case 'found':
      case 'changed':
        devices.set(event.device.key, event.device);
        break;
      case 'merged':
        devices.delete(event.absorbed);
        devices.set(event.device.key, event.device);
        break;
      case 'lost':
        devices.delete(event.device.key);
        break;
      case 'done':
        found = event.devices;
        return;
      case 'interface-failed':
      case 'sweeping':
        return;
    }
    onChange?.([...devices.values()]);
  });
  await rememberDevices(found, note);
  return [...found];
}
