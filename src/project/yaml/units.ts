/** Parsers of quantities in compose's notation. Each returns undefined for invalid text. */

export function parseBoolean(text: string): boolean | undefined {
  if (/^(?:true|yes|on|y|1)$/i.test(text)) return true;
  return /^(?:false|no|off|n|0)$/i.test(text) ? false : undefined;
}

export function parseNumber(text: string): number | undefined {
  const value = text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

const durationUnitsMs: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of `1m30s`, `1.5h`, `500ms`. */
export function parseDurationMs(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|[smhdw])/g)];
  if (text === '0') return 0;
  if (parts.length === 0 || parts.map(it => it[0]).join('') !== text) return undefined;
  return parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (durationUnitsMs[unit ?? ''] ?? NaN),
    0,
  );
}

const prefixes = ['', 'k', 'm', 'g', 't', 'p'];

/** Bytes of `64m`, `1.5gb`, `512KiB`, `1024`: every unit is a power of 1024. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(text.trim());
  if (match === null) return undefined;
  return Math.floor(Number(match[1]) * 1024 ** prefixes.indexOf((match[2] ?? '').toLowerCase()));
}

/** Parses permission bits: text is octal, a number is the value that YAML parsed. */
export function parseMode(value: string | number): number | undefined {
  const mode =
    typeof value === 'number'
      ? value
      : /^(?:0o?)?[0-7]+$/.test(value)
        ? parseInt(value.replace(/^0o/, ''), 8)
        : NaN;
  return Number.isInteger(mode) && mode >= 0 && mode <= 0o7777 ? mode : undefined;
}
