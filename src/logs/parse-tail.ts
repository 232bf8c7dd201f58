import { OsError } from '../core/errors.ts';

/** Reads a number of lines, or `all`: undefined. Throws OsError `usage`. */
export function parseTail(text: string): number | undefined {
  if (text === 'all') return undefined;
  const count = /^\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(count)) return count;
  throw new OsError('usage', `not a number of lines: ${JSON.stringify(text)}`, {
    hint: 'write it like --tail 50, or --tail all',
  });
}
