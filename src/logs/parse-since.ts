import { OsError } from '../core/errors.ts';
import { toUnixTime } from './log-cursor.ts';

const unitsS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * `10m`, `1h30m`, `2026-01-02T03:04:05Z` or seconds since 1970, as seconds since 1970. Durations count back from the
 * device's clock, `now` (RFC 3339), as its logs do. Throws OsError `usage`.
 */
export function parseSince(text: string, now: string): string {
  if (/^\d+(\.\d+)?$/.test(text)) return text;
  const parts = [...text.matchAll(/(\d+)([smhd])/g)];
  if (parts.length > 0 && parts.map(([whole]) => whole).join('') === text) {
    const agoS = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitsS[unit ?? ''] ?? 0), 0);
    const [seconds = '0', fraction = '0'] = toUnixTime(now).split('.');
    return `${(Number(seconds) - agoS).toString()}.${fraction}`;
  }
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text)))
    return (Date.parse(text) / 1000).toString();
  throw new OsError('usage', `not a time: ${JSON.stringify(text)}`, {
    hint: 'write it like 10m, 1h30m, 2026-01-02T03:04:05Z or 1767323045',
  });
}
