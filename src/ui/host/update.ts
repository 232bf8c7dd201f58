import { sanitizeLine } from '../../core/sanitize.ts';
import { formatBytes, formatDuration } from '../../core/units.ts';
import type { UpdateEvent } from '../../host/update/update-events.ts';
import type { JsonEvents } from '../json-events.ts';
import { note, type Output } from '../output.ts';

type Root = 'A' | 'B' | null;

const rootText = (root: Root): string => (root === null ? '' : `, from root ${root}`);

export interface UpdateStatusView {
  readonly device: string;
  readonly version: string | null;
  readonly root: Root;
  readonly isOnTrial: boolean;
  readonly rollback: 'health' | 'altboot' | null;
  readonly reason: string | null;
}

/** Renders the OS that a device runs, and the outcome of its last update. */
export function renderUpdateStatus(status: UpdateStatusView): string {
  const { device, version, root, isOnTrial, rollback, reason } = status;
  const why =
    rollback === 'altboot' ? 'the new root did not boot' : (reason ?? 'its health check did not pass');
  return [
    `${sanitizeLine(device)} runs ${sanitizeLine(version ?? 'an OS of unknown version')}${rootText(root)}\n`,
    isOnTrial ? 'an update is on trial: its health check has not decided yet\n' : '',
    rollback === null ? '' : `its last update was rolled back: ${sanitizeLine(why)}\n`,
  ].join('');
}

/** Says on stderr how an update goes on, and on stdout how it ended; as one JSON event a line with `--json`. */
export function updateReporter(output: Output, events: JsonEvents): (event: UpdateEvent) => void {
  if (output.mode === 'json') return events.report;
  return event => {
    if (event.type === 'updated') {
      output.answer(renderUpdated(events.device ?? 'the device', event));
      return;
    }
    const text = textOf(event, output.isTalkTty);
    if (text !== undefined) note(output, text);
  };
}

const renderUpdated = (
  device: string,
  { from, to, durationMs }: Extract<UpdateEvent, { readonly type: 'updated' }>,
): string =>
  `${sanitizeLine(device)} runs ${sanitizeLine(to.version ?? '?')}${rootText(to.root)}; it ran ${sanitizeLine(from.version ?? '?')} before\n\
its health check has kept it (${formatDuration(durationMs)})\n`;

/** Undefined for what only a terminal shows: each piece that was sent. */
function textOf(
  event: Exclude<UpdateEvent, { readonly type: 'updated' }>,
  isTty: boolean,
): string | undefined {
  switch (event.type) {
    case 'update-checked':
      return `from ${sanitizeLine(event.from ?? '?')} to ${sanitizeLine(event.to)}`;
    case 'update-sending': {
      const isLast = event.sentBytes === event.totalBytes;
      return isTty || isLast
        ? `sent ${formatBytes(event.sentBytes)} of ${formatBytes(event.totalBytes)}`
        : undefined;
    }
    case 'update-resumed':
      return `${formatBytes(event.sentBytes)} of ${formatBytes(event.totalBytes)} are on the device already`;
    case 'connection':
      return event.state === 'lost' ? 'the connection was lost: trying again' : 'the connection is restored';
    case 'update-installing':
      return `hostapp-update: ${event.line}`;
    case 'update-rebooting':
      return 'the device reboots';
    case 'update-booted':
      return `the device has booted ${sanitizeLine(event.version ?? '?')}${rootText(event.root)}`;
    case 'update-health':
      return event.line;
  }
}
