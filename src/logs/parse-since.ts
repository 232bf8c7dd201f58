import { OsError } from '../core/errors.ts';
import { toUnixTime } from './log-cursor.ts';

/** A time on the device's clock: that many seconds before now, or seconds since 1970. */
export type Since = { readonly agoS: number } | { readonly unix: string };

/** Longer than any clock has counted: three thousand years. */
const longestS = 1e11;

const unitsS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A date, a time of it, and a zone: `2026-01-02`, `2026-01-02 03:04`, `2026-01-02T03:04:05.678901234+02:00`. */
const dated =
  /^(?<date>\d{4}-\d\d-\d\d)(?:[T ](?<minutes>\d\d:\d\d)(?::(?<seconds>\d\d)(?<fraction>\.\d{1,9})?)?)?(?<zone>Z|[+-]\d\d:?\d\d)?$/;

/** Seconds since 1970 with all digits of the fraction; undefined if `text` is no date. Without a zone it is of this machine's. */
function parseDate(text: string): string | undefined {
  const parts = dated.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const { date = '', minutes = '00:00', seconds = '00', fraction = '', zone = '' } = parts;
  // Date.parse takes the 31st of any month, and a date alone for one in UTC.
  const midnight = new Date(`${date}T00:00Z`);
  const isOfMonth = midnight.getUTCDate() === Number(date.slice(-2));
  const timeMs = isOfMonth ? Date.parse(`${date}T${minutes}:${seconds}${zone}`) : NaN;
  return Number.isNaN(timeMs) ? undefined : `${(timeMs / 1000).toString()}${fraction}`;
}

/** Reads `10m`, `1h30m`, a date or seconds since 1970. Throws OsError `usage`. */
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
  const unix = parseDate(text);
  if (unix !== undefined) return { unix };
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
