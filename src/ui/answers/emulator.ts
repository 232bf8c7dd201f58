import { formatDuration } from '../../core/units.ts';
import type { DeviceView } from '../../emulator/device/device-view.ts';
import type { DownResult } from '../../emulator/down.ts';
import type { EmulatorEvent } from '../../emulator/place.ts';
import type { UpResult } from '../../emulator/up.ts';
import { fit } from '../display-width.ts';
import { note, type Output } from '../output.ts';
import { renderTable, type Rendered } from './rendered.ts';

/**
 * Reports one event of a long operation, as talk: a finished step is a line; a running one is shown below all other output,
 * on a terminal only, and so is gone when another line or a failure follows.
 */
export function reportEmulatorEvent(event: EmulatorEvent, output: Output): void {
  if (output.isQuiet) return;
  const show = (text: string): void => {
    if (output.isTalkTty) output.showBelow([output.styleTalk('dim', fit(text, output.columns() - 1))]);
  };
  switch (event.type) {
    case 'begun':
      if (event.outlook !== null) note(output, `${event.what}: ${event.outlook}`);
      show(`${event.what} …`);
      break;
    case 'progress':
      show(`${event.what}: ${event.detail} …`);
      break;
    case 'done': {
      const detail = event.detail === null ? '' : `: ${event.detail}`;
      note(
        output,
        `${event.what}${detail} ${output.styleTalk('dim', `(${formatDuration(event.durationMs)})`)}`,
      );
      if (output.isTalkTty) output.showBelow([]);
      break;
    }
  }
}

const rowsOf = (device: DeviceView): [string, string][] => [
  ['name', device.name],
  ['status', device.status],
  ['host', device.host ?? '-'],
  ['address', device.address],
  ['ssh', `port ${device.ports.ssh.toString()}`],
  ['engine', device.ports.engine === null ? 'closed' : `port ${device.ports.engine.toString()}`],
  ['variant', device.variant],
  ['supervisor', device.supervisor],
  ['os', device.osVersion],
  ['type', device.deviceType],
  ['uuid', device.uuid],
];

export function renderUp(result: UpResult, output: Output): string {
  const rows = rowsOf(result.device).map(
    ([key, value]) => `${output.styleAnswer('dim', key.padEnd(10))} ${value}\n`,
  );
  const notice = result.wasRunning ? `${result.device.name} is running already\n` : '';
  return notice + rows.join('');
}

/** One line a device, in columns. */
export function renderDevices(devices: readonly DeviceView[], output: Output): Rendered | string {
  if (devices.length === 0) return 'no emulated devices\n';
  const titles = ['NAME', 'STATUS', 'HOST', 'ADDRESS', 'ENGINE', 'VARIANT', 'UUID'];
  const cells = devices.map(device => [
    device.name,
    device.status,
    device.host ?? '-',
    device.address,
    device.ports.engine?.toString() ?? '-',
    device.variant,
    device.uuid.slice(0, 7),
  ]);
  return renderTable(titles, cells, output);
}

export const renderDown = (results: readonly DownResult[]): string =>
  results.length === 0
    ? 'no emulated devices\n'
    : results
        .map(({ name, wasRunning }) => `${name} ${wasRunning ? 'is down' : 'was down already'}\n`)
        .join('');

export const renderRemoved = (results: readonly DownResult[]): string =>
  results.map(({ name }) => `${name} is removed\n`).join('');

export const renderReset = (result: { readonly name: string; readonly device: DeviceView | null }): string =>
  `${result.name} is reset${result.device === null ? '' : ` and up again as ${result.device.host ?? result.device.address}`}\n`;
