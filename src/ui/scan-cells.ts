import { sanitizeLine } from '../core/sanitize.ts';
import type { ScannedDevice } from '../discovery/scanned-device.ts';

export const scanHeader = ['NAME', 'ADDRESS', 'VARIANT', 'OS', 'TYPE', 'UUID', 'ENGINE', 'SUPERVISOR'];

/** Where rows are printed before later ones are known. */
export const scanWidths = [16, 15, 11, 12, 15, 7, 8, 10];

const unknown = '-';
const pending = '…';

/** IPv4 addresses; where there is none, the first IPv6 one. */
function shownAddresses(device: ScannedDevice): string {
  const ipv4 = device.addresses.filter(address => !address.includes(':'));
  return (ipv4.length > 0 ? ipv4 : device.addresses.slice(0, 1)).join(',');
}

function detailCells(device: ScannedDevice): string[] {
  const { identity, state } = device;
  if (state === 'probing') return Array.from({ length: 6 }, () => pending);
  if (identity === null) return ['silent', ...Array.from({ length: 5 }, () => unknown)];
  const { deviceType, engine, osVersion, supervisor, uuid, variant } = identity;
  return [
    variant ?? unknown,
    osVersion ?? unknown,
    deviceType ?? unknown,
    uuid?.slice(0, 7) ?? unknown,
    engine === null ? 'closed' : (engine.version ?? 'open'),
    supervisor === null ? unknown : (supervisor.version ?? 'open'),
  ];
}

/** A device as one row under `scanHeader`: printable, no cell empty, no blanks within a cell. */
export function scanCells(device: ScannedDevice): string[] {
  return [device.name, shownAddresses(device), ...detailCells(device)].map(
    cell => sanitizeLine(cell).replaceAll(/\s+/gu, '_') || unknown,
  );
}
