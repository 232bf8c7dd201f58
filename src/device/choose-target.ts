import { OsError } from '../core/errors.ts';
import type { BrowsedDevice } from './candidates.ts';
import { parseTarget, type DeviceTarget } from './target.ts';

/** Where a device's name may come from, besides the command line. */
export interface TargetSources {
  /** `$OS_DEVICE`. */
  environment: string | undefined;
  /** `device:` of the project's os.yml, if there is one. */
  readProjectDevice: () => Promise<string | undefined>;
  /** A quick scan. */
  browse: (signal: AbortSignal) => Promise<BrowsedDevice[]>;
  /** Asks the person at the terminal; absent where there is none. */
  pick: ((devices: readonly BrowsedDevice[], signal: AbortSignal) => Promise<BrowsedDevice>) | null;
}

/** By its name, which its host key is remembered under; by its address where another device has the same name. */
function targetOf(device: BrowsedDevice, devices: readonly BrowsedDevice[]): DeviceTarget {
  const isNamesake = devices.some(other => other !== device && other.host === device.host);
  return parseTarget(isNamesake ? (device.addresses[0] ?? device.host) : device.host);
}

const nameOf = (device: BrowsedDevice): string => device.host.replace(/\.local\.?$/, '');

/**
 * The device a command is for: the one named on the command line, else `$OS_DEVICE`, else the project's, else the only
 * one on the network, else the one picked. Throws OsError `device-not-found` where nothing answers, and
 * `device-not-named` with the names found where several do and nobody can be asked.
 */
export async function chooseTarget(
  named: string | undefined,
  sources: TargetSources,
  signal: AbortSignal,
): Promise<DeviceTarget> {
  const text = named ?? (sources.environment === '' ? undefined : sources.environment);
  if (text !== undefined) return parseTarget(text);
  const ofProject = await sources.readProjectDevice();
  if (ofProject !== undefined) return parseTarget(ofProject);
  const devices = await sources.browse(signal);
  const [only, another] = devices;
  if (only === undefined)
    throw new OsError('device-not-found', 'no device answers on this network', {
      hint: 'name one by its address, or boot a virtual one: os emulator up',
    });
  if (another === undefined) return targetOf(only, devices);
  if (sources.pick !== null) return targetOf(await sources.pick(devices, signal), devices);
  throw new OsError('device-not-named', `several devices answer: ${devices.map(nameOf).join(', ')}`, {
    hint: 'name one as the first argument, or set OS_DEVICE',
  });
}
