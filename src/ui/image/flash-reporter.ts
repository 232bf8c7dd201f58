import { sanitizeLine } from '../../core/sanitize.ts';
import { formatBytes, formatDuration } from '../../core/units.ts';
import type { FlashEvent } from '../../image/flash/flash-events.ts';
import { JsonEvents } from '../json-events.ts';
import { note, type Output } from '../output.ts';

export interface FlashReporter extends Disposable {
  readonly report: (event: FlashEvent) => void;
}

type Progress = Extract<FlashEvent, { readonly type: 'flash-progress' }>;

const barCells = 24;

/** Renders one line about a drive that is being flashed: its phase, a bar, the speed, and the remaining time. */
export function renderProgress({
  drive,
  phase,
  share,
  doneBytes,
  bytesPerSecond,
  remainingMs,
}: Progress): string {
  const filled = Math.floor(share * barCells);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(barCells - filled)}`;
  const percent = `${Math.floor(share * 100).toString()} %`.padStart(5);
  const speed = bytesPerSecond === undefined ? [] : [`${formatBytes(bytesPerSecond)}/s`];
  const left = remainingMs === undefined || share >= 1 ? [] : [`${formatDuration(remainingMs)} left`];
  return [`${drive}  ${phase.padEnd(9)} ${bar} ${percent}`, formatBytes(doneBytes), ...speed, ...left].join(
    '  ',
  );
}

function renderFlashed(event: Extract<FlashEvent, { readonly type: 'flashed' }>): string {
  const { drive, sizeBytes, writtenBytes, isVerified, durationMs } = event;
  const written = writtenBytes < sizeBytes ? ` (${formatBytes(writtenBytes)} of them written)` : '';
  return `${drive}: ${formatBytes(sizeBytes)}${written} ${isVerified ? 'written and verified' : 'written, not verified'} in ${formatDuration(durationMs)}`;
}

/** Reports for a person: a line for each drive below the rest on a terminal, else a line for each phase. */
function openTextReporter(output: Output): FlashReporter {
  const lines = new Map<string, string>();
  const phases = new Map<string, string>();
  const isLive = output.isTalkTty && !output.isQuiet;
  const draw = (): void => {
    if (isLive) output.showBelow([...lines.values()]);
  };
  const end = (drive: string): void => {
    lines.delete(drive);
    draw();
  };
  return {
    report(event) {
      switch (event.type) {
        case 'flash-started':
          note(output, `${event.drive}: writing ${sanitizeLine(event.image)}`);
          return;
        case 'flash-progress':
          lines.set(event.drive, renderProgress(event));
          draw();
          if (!isLive && phases.get(event.drive) !== event.phase && event.phase !== 'writing')
            note(output, `${event.drive}: ${event.phase}`);
          phases.set(event.drive, event.phase);
          return;
        case 'flashed':
          end(event.drive);
          output.answer(`${renderFlashed(event)}\n`);
          return;
        case 'flash-failed':
          end(event.drive);
          note(output, sanitizeLine(`${event.drive}: failed: ${event.message}`));
      }
    },
    [Symbol.dispose]() {
      if (isLive) output.showBelow([]);
    },
  };
}

/** Reports to a person, or as one JSON event a line. */
export function openFlashReporter(output: Output): FlashReporter {
  if (output.mode !== 'json') return openTextReporter(output);
  const { report } = new JsonEvents(output);
  return { report, [Symbol.dispose]: () => undefined };
}
