import { createHash } from 'node:crypto';

/** The same text for equal values, in whatever order their keys were set; undefined fields do not count. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}

/** sha256 in hex of any JSON value. */
export const digestOf = (value: unknown): string =>
  createHash('sha256').update(stableJson(value)).digest('hex');
