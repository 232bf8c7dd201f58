import { sanitizeLine } from '../../core/sanitize.ts';
import { formatBytes, formatDuration } from '../../core/units.ts';
import type { UnitFacts } from '../../host/services/units.ts';
import type { VpnState } from '../../host/vpn/switch-vpn.ts';
import { describeLeftStopped } from './left-stopped.ts';
import { renderTable, type Rendered } from '../answers/rendered.ts';
import type { Output } from '../output.ts';

const header = ['UNIT', 'STATE', 'SINCE', 'RESTARTS', 'MEMORY', 'MEANING'];

interface Units {
  readonly device: string;
  readonly units: readonly UnitFacts[];
  readonly stopped: readonly string[];
}

/** A table of units, and below it the last words of those that failed, and the containers that a restart has left stopped. */
export function renderUnits({ device, units, stopped }: Units, output: Output): Rendered {
  const rows = units.map(it => [
    sanitizeLine(it.unit),
    sanitizeLine(`${it.state} (${it.detail})`),
    it.sinceS === null ? '' : formatDuration(it.sinceS * 1000),
    it.restarts === null || it.restarts === 0 ? '' : it.restarts.toString(),
    it.memoryBytes === null ? '' : formatBytes(it.memoryBytes),
    sanitizeLine(it.summary),
  ]);
  const { text, notes } = renderTable(header, rows, output);
  const reasons = units
    .filter(it => it.lastLine !== null)
    .map(it => `${sanitizeLine(it.unit)}: ${sanitizeLine(it.lastLine ?? '')}\n`);
  const left = stopped.length === 0 ? '' : `${describeLeftStopped(stopped, sanitizeLine(device))}\n`;
  return { text: text + reasons.join('') + left, notes };
}

/** Says whether OpenVPN runs, and whether it comes back after a reboot. */
export function renderVpn({
  device,
  unit,
  state,
  isKept,
  reason,
}: VpnState & { readonly device: string }): string {
  const next =
    state !== 'active'
      ? (reason ?? '')
      : isKept
        ? 'it starts again at each boot'
        : `it does not come back after a reboot: ${reason ?? ''}`;
  return sanitizeLine(`${device}: ${unit} is ${state}; ${next}`) + '\n';
}
