/** The development devices of the network. */
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { ScannedDevice } from '../../discovery/scan/scanned-device.ts';
import { scan } from '../../discovery/scan/scan.ts';
import { readEmulatedNames } from '../../reach/find/emulated.ts';
import { probeAddresses } from '../../reach/find/probe.ts';
import { confirm } from '../terminal/prompts.ts';

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

/** By its address where another device has the same name. */
function wordOf({ name, host, addresses }: ScannedDevice, devices: readonly ScannedDevice[]): string {
  const isNamesake = devices.filter(it => it.host === host).length > 1;
  return isNamesake ? (addresses[0] ?? host) : name;
}

/** The words for those of `devices` that are open to development, and the names of those that do not tell their variant. */
export function pickOpen(devices: readonly ScannedDevice[]): {
  readonly words: readonly string[];
  readonly unknown: readonly string[];
} {
  const variantOf = ({ identity }: ScannedDevice): string | null => identity?.variant ?? null;
  const open = devices.filter(it => ['development', 'standalone'].includes(variantOf(it) ?? ''));
  return {
    words: open.map(device => wordOf(device, open)).sort(),
    unknown: devices.filter(it => variantOf(it) === null).map(({ name }) => name),
  };
}

/** Throws OsError where there are none, or the person does not agree. */
export async function findAll({ signal, note, canAsk, isAgreed }: FindOptions): Promise<readonly string[]> {
  let devices: readonly ScannedDevice[] = [];
  const names = await readEmulatedNames();
  await scan(
    { signal, timeoutMs: scanMs, watch: false, subnets: [], probe: probeAddresses, names },
    event => {
      if (event.type === 'done') ({ devices } = event);
    },
  );
  const { words, unknown } = pickOpen(devices);
  if (unknown.length > 0) note(`left out, as they do not tell their variant: ${unknown.join(', ')}`);
  if (words.length === 0)
    throw new OsError('device-not-found', 'no development device answers on this network', {
      hint: '`os scan` lists what answers; name devices as kitchen,hall',
    });
  const list = words.map(sanitizeLine).join(', ');
  if (isAgreed) return words;
  if (!canAsk)
    throw new OsError('usage', `it would run on ${words.length.toString()} devices: ${list}`, {
      hint: 'give --yes where nobody can be asked',
    });
  if (!(await confirm(`Run it on ${words.length.toString()} devices: ${list}?`, signal)))
    throw new OsError('interrupted', 'nothing was done', { hint: 'nothing was done' });
  return words;
}
