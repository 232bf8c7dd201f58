import type { CopyProgress } from '../../copy/copy.ts';
import { formatBytes, formatDuration } from '../../core/units.ts';
import { fit } from '../display-width.ts';

/** One line about a copy that is under way: how much, how fast, and how long it still takes where that is known. */
export function renderProgress(
  { doneBytes, totalBytes, file }: CopyProgress,
  elapsedMs: number,
  columns: number,
): string {
  const bytesPerS = elapsedMs > 0 ? (doneBytes / elapsedMs) * 1000 : 0;
  const share =
    totalBytes === undefined || totalBytes === 0
      ? formatBytes(doneBytes)
      : `${Math.min(100, Math.floor((doneBytes / totalBytes) * 100)).toString()}% of ${formatBytes(totalBytes)}`;
  const leftMs =
    totalBytes === undefined || bytesPerS === 0 ? undefined : ((totalBytes - doneBytes) / bytesPerS) * 1000;
  const parts = [
    share,
    `${formatBytes(bytesPerS)}/s`,
    ...(leftMs === undefined || leftMs < 1000 ? [] : [`${formatDuration(leftMs)} left`]),
    ...(file === undefined ? [] : [file]),
  ];
  return fit(parts.join('  '), columns);
}
