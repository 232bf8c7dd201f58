import { OsError } from '../core/errors.ts';
import type { BrowsedDevice } from './candidate.ts';
import { parseTarget, type DeviceTarget } from './target.ts';

/**
 * A quick scan: calls `onChange` with all devices found so far when one appears, changes or disappears, and returns the
 * devices present at its end.
 */
export type DeviceSearch = (
  signal: AbortSignal,
  onChange?: (devices: readonly BrowsedDevice[]) => void,
) => Promise<readonly BrowsedDevice[]>;

/**
 * Lets a person choose among the results of a search while it runs. Returns the only device without a prompt, and
 * undefined if there is none.
 */
export type DevicePicker = (search: DeviceSearch, signal: AbortSignal) => Promise<BrowsedDevice | undefined>;

/** Sources of a device's name besides the command line. */
export interface TargetSources {
  /** `$OS_DEVICE`. */
  readonly environment: string | undefined;
  /** `device:` of the project's os.yml, if there is one. */
  readonly readProjectDevice: () => Promise<string | undefined>;
  readonly browse: DeviceSearch;
  /** Lets the person at the terminal choose; null if there is none. */
  readonly pick: DevicePicker | null;
  /** Tells a person which device was taken by itself. */
  readonly note: (text: string) => void;
}

/** By its name, which its host key is remembered under; by its address if another device has the same name. */
function targetOf(device: BrowsedDevice, devices: readonly BrowsedDevice[]): DeviceTarget {
  const isNamesake = devices.filter(({ host }) => host === device.host).length > 1;
  return parseTarget(isNamesake ? (device.addresses[0] ?? device.host) : device.host);
}

const nameOf = ({ host, name = host.replace(/\.local\.?$/, '') }: BrowsedDevice): string => name;

/**
 * Returns the device a command is for: the one named on the command line, else `$OS_DEVICE`, else the project's, else
 * the only one on the network, else the one picked. Throws OsError `device-not-found` if nothing answers, and
 * `device-not-named` with the names found if several do and no person can be prompted.
 */
export async function chooseTarget(
  named: string | undefined,
  sources: TargetSources,
  signal: AbortSignal,
): Promise<DeviceTarget> {
  const { environment } = sources;
  if (named !== undefined) return parseTarget(named);
  if (environment !== undefined && environment !== '') return parseFrom('OS_DEVICE', environment);
  const ofProject = await sources.readProjectDevice();
  if (ofProject !== undefined) return parseFrom('device in os.yml', ofProject);
  return targetOnNetwork(sources, signal);
}

/** Reads a name that nobody typed on the command line; an error tells where it comes from. */
function parseFrom(source: string, text: string): DeviceTarget {
  try {
    return parseTarget(text);
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    throw new OsError(error.code, `${source}: ${error.message}`, {
      hint: error.hint ?? 'correct it there',
      cause: error,
    });
  }
}

async function targetOnNetwork(
  { browse, pick, note }: Pick<TargetSources, 'browse' | 'pick' | 'note'>,
  signal: AbortSignal,
): Promise<DeviceTarget> {
  let devices: readonly BrowsedDevice[] = [];
  const search: DeviceSearch = async (innerSignal, onChange) => {
    devices = await browse(innerSignal, found => {
      devices = found;
      onChange?.(found);
    });
    return devices;
  };
  const picked = await (pick === null ? search(signal).then(([first]) => first) : pick(search, signal));
  if (picked === undefined)
    throw new OsError('device-not-found', 'no device answers on this network', {
      hint: 'name one by its address, or boot a virtual one: os emulator up',
    });
  if (pick === null && devices.length > 1)
    throw new OsError('device-not-named', `several devices answer: ${devices.map(nameOf).join(', ')}`, {
      hint: 'name one of them, or set OS_DEVICE',
    });
  const target = targetOf(picked, devices);
  if (devices.length === 1) note(`using ${nameOf(picked)}, the only device that answers`);
  return target;
}
