/** Texts of compose as the supervisor reads them. */

const units: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Bytes of `64m`, `67108864` or a number; undefined for anything else. */
export function bytesOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const [, number = '', unit = ''] = /^(\d+)\s*([bkmg]?)b?$/i.exec(String(value)) ?? [];
  return number === '' ? undefined : Number(number) * (units[unit.toLowerCase()] ?? 1);
}

const seconds: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 1e-3 };

/** Nanoseconds of `1m30s`; undefined where there is none. */
export function nanosecondsOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  return parts.reduce((sum, [, number, unit = 's']) => sum + Number(number) * (seconds[unit] ?? 1), 0) * 1e9;
}

/** The words of a command line, quotes resolved. */
export function wordsOf(value: unknown): string[] | undefined {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== 'string') return undefined;
  return [...value.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
}
