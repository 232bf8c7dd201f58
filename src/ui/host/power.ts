import { sanitizeLine } from '../../core/sanitize.ts';
import { formatDuration } from '../../core/units.ts';

/** Renders what ends and, if it was waited for, what is back. */
export const renderEnded =
  (what: string) =>
  ({ device, tookMs }: { readonly device: string; readonly tookMs: number | null }): string =>
    tookMs === null
      ? `${sanitizeLine(device)} ${what}\n`
      : `${sanitizeLine(device)} is back after ${formatDuration(tookMs)}\n`;
