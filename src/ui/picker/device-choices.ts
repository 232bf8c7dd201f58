/** The list that a person picks a device from. Pure: devices and a cursor in, lines out. */
import { sanitizeLine } from '../../core/sanitize.ts';
import { displayWidth, fit, pad } from '../display-width.ts';

export interface DeviceChoice {
  /** Left out: `host` without `.local`. */
  readonly name?: string;
  readonly host: string;
  readonly addresses: readonly string[];
  readonly identity: {
    readonly variant: string | null;
    readonly osVersion: string | null;
    readonly uuid: string | null;
  } | null;
}

export interface ChoicesFrame {
  readonly columns: number;
  readonly rows: number;
  /** True while more devices may appear. */
  readonly isSearching: boolean;
}

const nameOf = ({ host, name = host.replace(/\.local\.?$/, '') }: DeviceChoice): string => name;

function cellsOf(device: DeviceChoice): string[] {
  const { addresses, identity } = device;
  const address = addresses.find(it => !it.includes(':')) ?? addresses[0] ?? '';
  return [
    nameOf(device),
    address,
    identity?.variant ?? '',
    identity?.osVersion ?? '',
    identity?.uuid?.slice(0, 7) ?? '',
  ].map(sanitizeLine);
}

/** The first of the rows to show, so that row `index` of `count` is among `height` of them. */
const firstShown = (index: number, count: number, height: number): number =>
  Math.max(0, Math.min(index - Math.floor(height / 2), count - height));

/** Lines of aligned choices, the one at `index` marked; those that do not fit are counted. */
export function renderChoices(
  devices: readonly DeviceChoice[],
  index: number,
  { columns, rows, isSearching }: ChoicesFrame,
): string[] {
  const table = devices.map(cellsOf);
  const widths = [0, 1, 2, 3, 4].map(i => Math.max(0, ...table.map(row => displayWidth(row[i] ?? ''))));
  // The question, the last line and the cursor's line stay free.
  const height = Math.max(1, Math.min(devices.length, rows - 3));
  const first = firstShown(index, devices.length, height);
  const choices = table.slice(first, first + height).map((row, i) => {
    const cells = row.map((cell, column) => pad(cell, widths[column] ?? 0)).join('  ');
    return fit(`${first + i === index ? '❯' : ' '} ${cells}`.trimEnd(), columns - 1);
  });
  const hidden = devices.length - height;
  const remarks = [
    ...(hidden > 0 ? [`${hidden.toString()} more: ↑ and ↓ show them`] : []),
    ...(isSearching ? ['searching…'] : []),
  ];
  return remarks.length === 0 ? choices : [...choices, fit(`  ${remarks.join('; ')}`, columns - 1)];
}
