import { sanitizeLine } from '../../core/sanitize.ts';
import type { ScannedDevice } from '../../discovery/scan/scanned-device.ts';
import { Table } from '../table.ts';

const header = ['NAME', 'ADDRESS', 'VARIANT', 'OS', 'TYPE', 'UUID', 'ENGINE', 'SUPERVISOR'];

/** Cells as wide as those of most devices, so that rows line up with later ones. */
const usual = [
  '0123456789012345',
  '192.168.100.200',
  'development',
  '2.113.18+rev2',
  'raspberrypi4-64',
  '0123456',
  '20.10.24+dfsg1',
];

const unknown = '-';
const pending = '…';

/** A table of devices, with columns in front of them if `first` names any. */
export function openScanTable(first: readonly string[] = []): Table {
  return new Table([...first, ...header]);
}

/** Opens the same table for rows that are printed one by one. */
export function openRowTable(first: readonly string[] = []): Table {
  const table = openScanTable(first);
  table.line([...first, ...usual]);
  return table;
}

export const scanHeader = (first: readonly string[] = []): readonly string[] => [...first, ...header];

/** The first IPv4 address; if there is none, the first IPv6 one. */
const shownAddress = ({ addresses }: ScannedDevice): string =>
  addresses.find(address => !address.includes(':')) ?? addresses[0] ?? unknown;

/** The UUID, or another identifier of the device. */
function identifier({ uuid, engine }: NonNullable<ScannedDevice['identity']>): string {
  if (uuid !== null) return uuid.slice(0, 7);
  const id = engine?.id ?? null;
  return id === null ? unknown : `engine:${id.slice(0, 9)}`;
}

/** `19.0.5/unmanaged`; a question mark follows where something that could not be asked may say otherwise. */
function supervisorCell({ supervisor, silentSupervisor }: NonNullable<ScannedDevice['identity']>): string {
  if (supervisor !== null) {
    const { version, mode, isModeSure = true } = supervisor;
    const known = mode === null ? ['?'] : mode === undefined ? [] : [isModeSure ? mode : `${mode}?`];
    return [version ?? 'open', ...known].join('/');
  }
  if (silentSupervisor == null) return unknown;
  const { version, mode, isModeSure } = silentSupervisor;
  return [...(version === null ? [] : [version]), isModeSure ? mode : `${mode}?`].join('/');
}

function detailCells(device: ScannedDevice): string[] {
  const { identity, state } = device;
  if (state === 'probing') return Array.from({ length: 6 }, () => pending);
  if (identity === null) return ['silent', ...Array.from({ length: 5 }, () => unknown)];
  const { deviceType, engine, osVersion, variant } = identity;
  return [
    variant ?? unknown,
    osVersion ?? unknown,
    deviceType ?? unknown,
    identifier(identity),
    engine === null ? 'closed' : (engine.version ?? 'open'),
    supervisorCell(identity),
  ];
}

/** A device as one row: printable, no cell empty, no blanks within a cell. */
export function scanCells(device: ScannedDevice): string[] {
  return [device.name, shownAddress(device), ...detailCells(device)].map(
    cell => sanitizeLine(cell).replaceAll(/\s+/gu, '_') || unknown,
  );
}
