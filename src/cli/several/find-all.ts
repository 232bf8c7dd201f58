/** The development devices of the network. */
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { parseTarget, type DeviceTarget } from '../../device/target.ts';
import type { ScannedDevice } from '../../discovery/scan/scanned-device.ts';
import { scan } from '../../discovery/scan/scan.ts';
import { readEmulatedNames } from '../../reach/find/emulated.ts';
import { probeAddresses } from '../../reach/find/probe.ts';
import { rememberDevices } from '../../reach/memory.ts';
import { confirm } from '../terminal/prompts.ts';
import type { NamedDevice } from './expand-devices.ts';

/** Time that the network is listened to where nothing answers. */
const scanMs = 3000;

export interface FindOptions {
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
  /** True if a person can be asked. */
  readonly canAsk: boolean;
  /** True: the devices that a scan finds are taken without a question. */
  readonly isAgreed: boolean;
}

function hasKind(word: string, kind: DeviceTarget['kind']): boolean {
  try {
    return parseTarget(word).kind === kind;
  } catch (error) {
    if (error instanceof OsError) return false;
    throw error;
  }
}

/**
 * Anything on the network may announce any name, so a device of the list is reached by its UUID, which it has to prove. One that does
 * not tell its UUID is reached by its host name, or by its address where that name is no mDNS name or is announced twice.
 */
function nameOf(device: ScannedDevice, devices: readonly ScannedDevice[]): NamedDevice {
  const { name, host, addresses, identity } = device;
  const [address = host] = addresses;
  const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
  const isNamesake = devices.some(it => it !== device && (isSame(it.host, host) || isSame(it.name, name)));
  const uuid = identity?.uuid ?? '';
  const byName = hasKind(host, 'mdns') && !isNamesake ? host : address;
  return { label: isNamesake ? address : name, word: hasKind(uuid, 'uuid') ? uuid : byName };
}

/** Those of `devices` that are open to development, and the names of those that do not tell their variant. */
export function pickOpen(devices: readonly ScannedDevice[]): {
  readonly named: readonly NamedDevice[];
  readonly unknown: readonly string[];
} {
  const variantOf = ({ identity }: ScannedDevice): string | null => identity?.variant ?? null;
  const open = devices.filter(it => ['development', 'standalone'].includes(variantOf(it) ?? ''));
  return {
    named: open.map(device => nameOf(device, devices)).sort((a, b) => (a.label < b.label ? -1 : 1)),
    unknown: devices.filter(it => variantOf(it) === null).map(({ name }) => name),
  };
}

/** Throws OsError where there are none, or the person does not agree. */
export async function findAll({
  signal,
  note,
  canAsk,
  isAgreed,
}: FindOptions): Promise<readonly NamedDevice[]> {
  let devices: readonly ScannedDevice[] = [];
  const names = await readEmulatedNames();
  await scan(
    { signal, timeoutMs: scanMs, watch: false, subnets: [], probe: probeAddresses, names },
    event => {
      if (event.type === 'done') ({ devices } = event);
    },
  );
  await rememberDevices(devices, note);
  const { named, unknown } = pickOpen(devices);
  if (unknown.length > 0) note(`left out, as they do not tell their variant: ${unknown.join(', ')}`);
  if (named.length === 0)
    throw new OsError('device-not-found', 'no development device answers on this network', {
      hint: '`os scan` lists what answers; name devices as kitchen,hall',
    });
  const list = named.map(({ label }) => sanitizeLine(label)).join(', ');
  if (isAgreed) return named;
  if (!canAsk)
    throw new OsError('usage', `it would run on ${named.length.toString()} devices: ${list}`, {
      hint: 'give --yes where nobody can be asked',
    });
  if (!(await confirm(`Run it on ${named.length.toString()} devices: ${list}?`, signal)))
    throw new OsError('interrupted', 'nothing was done', { hint: 'nothing was done' });
  return named;
}
