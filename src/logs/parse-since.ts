import { OsError } from '../core/errors.ts';
import { toUnixTime } from './log-cursor.ts';

/** A time on the device's clock: that many seconds before now, or seconds since 1970. */
export type Since = { readonly agoS: number } | { readonly unix: string };

/** Longer than any clock has counted: three thousand years. */
const longestS = 1e11;

const unitsS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads `10m`, `1h30m`, `2026-01-02T03:04:05Z` or seconds since 1970. Throws OsError `usage`. */
export function parseSince(text: string): Since {
  if (/^\d+(\.\d+)?$/.test(text)) return { unix: text };
  const parts = [...text.matchAll(/(\d+)([smhd])/g)];
  if (parts.length > 0 && parts.map(([whole]) => whole).join('') === text)
    return {
      agoS: Math.min(
        longestS,
        parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitsS[unit ?? ''] ?? 0), 0),
      ),
    };
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text)))
    return { unix: (Date.parse(text) / 1000).toString() };
  throw new OsError('usage', `not a time: ${JSON.stringify(text)}`, {
    hint: 'write it like 10m, 1h30m, 2026-01-02T03:04:05Z or 1767323045',
  });
}

/** Returns `unix`, or 1970 if that is earlier. */
export const since1970 = (unix: string): string => (unix.startsWith('-') ? '0' : unix);

/** Returns `since` as seconds since 1970, never less than 0, by the device's clock `now` (RFC 3339). */
export function toInstant(since: Since, now: string): string {
  if ('unix' in since) return since1970(since.unix);
  const [seconds = '0', fraction = '0'] = toUnixTime(now).split('.');
  const instant = Number(seconds) - since.agoS;
  return since1970(`${instant.toString()}.${fraction}`);
}
